internal import COpenSSL
internal import Files
internal import FoundationEssentials

/// Text that nobody can guess: session cookies, API tokens, ids of playlists. The store keeps hashes of the first two, so
/// that a stolen database opens no session.
struct Secret: Sendable, Equatable {
  /// URL-safe base64 without padding (RFC 4648, section 5).
  let text: String

  /// - Parameter byteCount: 32 bytes hold 256 bits.
  init(byteCount: Int = 32) {
    var random = SystemRandomNumberGenerator()
    let bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &random) }
    text = Data(bytes).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// SHA-256 of a text that somebody presents, by which it is looked for. (32 bytes)
  static func hash(_ text: some StringProtocol) -> Data {
    let bytes = Array(text.utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    let isDone = EVP_Digest(bytes, bytes.count, &digest, nil, EVP_sha256(), nil) == 1
    precondition(isDone, "SHA-256 failed")
    return Data(digest)
  }
}

/// A password as it is kept: scrypt (Percival 2009, RFC 7914) with N = 2¹⁵, r = 8, p = 1, which takes 32 MiB and about a
/// tenth of a second.
struct PasswordHash: Sendable {
  private static let (cost, blockSize, parallelism): (UInt64, UInt64, UInt64) = (1 << 15, 8, 1)
  private static let memoryLimit: UInt64 = 64 << 20

  var salt: Data  // (16)
  var key: Data  // (32)

  init(salt: Data, key: Data) { (self.salt, self.key) = (salt, key) }

  /// Of a new password, with a salt of its own.
  /// - Throws: `OutputError` when there is no memory for it.
  init(_ password: String) throws {
    var random = SystemRandomNumberGenerator()
    salt = Data((0..<16).map { _ in UInt8.random(in: 0...255, using: &random) })
    key = try Self.derive(password, salt)
  }

  /// Takes the same time whatever is wrong.
  func matches(_ password: String) throws -> Bool {
    let other = Array(try Self.derive(password, salt))
    return other.count == key.count && CRYPTO_memcmp(other, Array(key), other.count) == 0
  }

  private static func derive(_ password: String, _ salt: Data) throws -> Data {
    let (password, salt) = (Array(password.utf8), Array(salt))
    var key = [UInt8](repeating: 0, count: 32)
    let isDone = password.withUnsafeBytes { password in
      EVP_PBE_scrypt(
        password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count, cost, blockSize,
        parallelism, memoryLimit, &key, key.count)
    }
    guard isDone == 1 else { throw OutputError("scrypt failed: it needs 32 MiB of memory") }
    return Data(key)
  }
}
