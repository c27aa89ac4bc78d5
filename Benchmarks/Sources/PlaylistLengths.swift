internal import Files

/// How many songs the playlists of a benchmark have.
package enum PlaylistLengths {
  /// One length a line, at least 3 songs each.
  /// - Throws: `InputError` naming the line.
  package static func read(path: String) throws -> [Int] {
    let file = try MappedFile(path: path)
    var lengths: [Int] = []
    let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let length = Int(line.filter { !$0.isWhitespace }), (3...1_000_000).contains(length) else {
        throw InputError(
          path: path, line: number + 1, reason: "not a playlist length: \(line.prefix(40))",
          remedy: "Write one whole number of songs, 3 or more, on each line.")
      }
      lengths.append(length)
    }
    guard !lengths.isEmpty else { throw InputError(path: path, reason: "there are no lengths") }
    return lengths
  }
}
