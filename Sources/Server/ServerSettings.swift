internal import Files
internal import FoundationEssentials
internal import TOMLKit

/// How the server runs. Each setting comes from a flag, else from the environment, else from a TOML file, else it has its
/// standard value.
package struct ServerSettings: Sendable, Equatable {
  package var host = "127.0.0.1"
  package var port = 8080
  package var data = "segue-data"
  package var audioFolder: String?
  package var tlsCertificate: String?
  package var tlsKey: String?
  package var behindProxy = false
  /// Requests a second of each client's address; nil for any number.
  package var rateLimit: Double?
  package var queue = 64
  package var connections = 1024
  package var threads: Int?
  package var logLevel = "info"
  package var spotifyClientID: String?
  package var spotifyClientSecret: String?
  package var spotifyURL: String?

  /// Requests a second of each address when the server can be reached from elsewhere and nothing is said.
  package static let standardRateLimit = 50.0

  package init() {}

  /// Whether nobody but this machine can reach it.
  package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
  package var usesTLS: Bool { tlsCertificate != nil }

  /// A setting as users meet it.
  package struct Key: Sendable {
    /// In the TOML file; `SEGUE_` + capitals in the environment; with dashes as a flag.
    package var name: String
    /// What it does, for the TOML file.
    package var help: String
    fileprivate var text: @Sendable (ServerSettings) -> String?
    fileprivate var isText: Bool
    fileprivate var set: @Sendable (inout ServerSettings, String) -> Bool

    package var environmentName: String { "SEGUE_" + name.uppercased() }
  }

  package static let keys: [Key] = [
    text(
      "host", "The address to listen at. 127.0.0.1 is reached from this machine only; 0.0.0.0 from everywhere.", \.host),
    integer("port", "The port; 0 lets the system choose one.", \.port, 0...65535),
    text("data", "The folder of users' data, made when it is missing.", \.data),
    optional(
      "audio_folder", "Your own recordings: TRACK_ID.mp3 or Artist - Title.mp3, in any folder below.", \.audioFolder),
    optional("tls_cert", "A PEM file with the certificate and its chain: with tls_key, HTTPS.", \.tlsCertificate),
    optional("tls_key", "A PEM file with the certificate's key.", \.tlsKey),
    flag(
      "behind_proxy",
      "A proxy that speaks HTTPS stands before it: cookies go over HTTPS only, and a client's address is the last of "
        + "X-Forwarded-For.", \.behindProxy),
    Key(
      name: "rate_limit",
      help: "Requests a second that each address may send, 0 for any number. "
        + "Standard: any number on loopback without a proxy, \(Int(standardRateLimit)) otherwise.",
      text: { $0.rateLimit.map { "\($0)" } }, isText: false,
      set: { settings, text in
        guard let rate = Double(text), rate == 0 || (0.001...1e6).contains(rate) else { return false }
        settings.rateLimit = rate
        return true
      }),
    integer("queue", "Requests that may wait for the model; more are answered with 503.", \.queue, 1...10_000),
    integer("connections", "Connections at a time.", \.connections, 1...100_000),
    Key(
      name: "threads", help: "Processors for the model. Standard: all.", text: { $0.threads.map { "\($0)" } },
      isText: false,
      set: { settings, text in
        guard let count = Int(text), (1...1024).contains(count) else { return false }
        settings.threads = count
        return true
      }),
    Key(
      name: "log_level", help: "trace, debug (every request), info, notice, warning, error or critical.",
      text: \.logLevel, isText: true,
      set: { settings, text in
        settings.logLevel = text
        return ["trace", "debug", "info", "notice", "warning", "error", "critical"].contains(text)
      }),
    optional(
      "spotify_client_id",
      "With spotify_client_secret, /recommends and the API's /tracks/{id} ask the Spotify Web API for songs' details.",
      \.spotifyClientID),
    optional("spotify_client_secret", "Better kept in the environment than in a file.", \.spotifyClientSecret),
    optional(
      "spotify_url", "A mirror or proxy that is asked instead, for songs and tokens, without a slash at its end.",
      \.spotifyURL),
  ]

  private static func text(
    _ name: String, _ help: String, _ path: any WritableKeyPath<ServerSettings, String> & Sendable
  ) -> Key {
    Key(
      name: name, help: help, text: { $0[keyPath: path] }, isText: true,
      set: { settings, text in
        settings[keyPath: path] = text
        return !text.isEmpty
      })
  }

  private static func optional(
    _ name: String, _ help: String, _ path: any WritableKeyPath<ServerSettings, String?> & Sendable
  ) -> Key {
    Key(
      name: name, help: help, text: { $0[keyPath: path] }, isText: true,
      set: { settings, text in
        settings[keyPath: path] = text.isEmpty ? nil : text
        return true
      })
  }

  private static func integer(
    _ name: String, _ help: String, _ path: any WritableKeyPath<ServerSettings, Int> & Sendable,
    _ range: ClosedRange<Int>
  ) -> Key {
    Key(
      name: name, help: help, text: { "\($0[keyPath: path])" }, isText: false,
      set: { settings, text in
        guard let value = Int(text), range.contains(value) else { return false }
        settings[keyPath: path] = value
        return true
      })
  }

  private static func flag(
    _ name: String, _ help: String, _ path: any WritableKeyPath<ServerSettings, Bool> & Sendable
  ) -> Key {
    Key(
      name: name, help: help, text: { "\($0[keyPath: path])" }, isText: false,
      set: { settings, text in
        guard let value = Bool(text) else { return false }
        settings[keyPath: path] = value
        return true
      })
  }
}

extension ServerSettings {
  /// - Parameters:
  ///   - flags: what was given on the command line, by name.
  ///   - environment: variables by name.
  ///   - file: a TOML file; nil for none.
  /// - Throws: `UsageError` and `InputError` that name where a value stands that cannot be.
  package init(flags: [String: String], environment: [String: String], file: String?) throws {
    let table = try file.map(Self.read) ?? [:]
    for key in Self.keys {
      let (value, place): (String?, String) =
        if let value = flags[key.name] {
          (value, "--" + key.name.replacing("_", with: "-"))
        } else if let value =
          environment[key.environmentName]
        { (value, key.environmentName) } else { (table[key.name], "\(file ?? ""): \(key.name)") }
      guard let value else { continue }
      guard key.set(&self, value) else { throw UsageError("\(place) cannot be \(value). \(key.help)") }
    }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw UsageError("--tls-cert and --tls-key need each other.")
    }
    guard (spotifyClientID == nil) == (spotifyClientSecret == nil) else {
      throw UsageError("spotify_client_id and spotify_client_secret need each other.")
    }
  }

  private static func read(_ path: String) throws -> [String: String] {
    let table: TOMLTable
    do { table = try TOMLTable(string: try MappedFile.text(path: path)) } catch let error as TOMLParseError {
      throw InputError(path: path, line: error.source.begin.line, reason: error.description, remedy: "It must be TOML.")
    }
    var values: [String: String] = [:]
    for (name, value) in table {
      guard keys.contains(where: { $0.name == name }) else {
        throw InputError(
          path: path, reason: "there is no setting \(name)",
          remedy: "There are \(keys.map(\.name).joined(separator: ", ")).")
      }
      values[name] =
        value.string ?? value.bool.map { "\($0)" } ?? value.int.map { "\($0)" } ?? value.double.map { "\($0)" }
      guard values[name] != nil else {
        throw InputError(path: path, reason: "\(name) is no text, number or truth value", remedy: "Give one.")
      }
    }
    return values
  }

  /// The settings as a TOML file that says what each is. Secrets are left out.
  package var toml: String {
    Self.keys.map { key in
      let value: String? =
        key.name == "spotify_client_secret"
        ? nil
        : key.text(self).map { key.isText ? TOMLTable.quoted($0) : $0 }
      return "# \(key.help)\n" + (value.map { "\(key.name) = \($0)\n" } ?? "# \(key.name) =\n")
    }.joined(separator: "\n")
  }
}

extension TOMLTable {
  /// A basic string of TOML.
  fileprivate static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }
}
