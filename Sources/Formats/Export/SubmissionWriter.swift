internal import Files
internal import Music

/// A submission to the Million Playlist Dataset's challenge (RecSys Challenge 2018, open again since 2020): lines of
/// values separated by commas. The first is `team_info, team, address`; then one for each playlist, its pid and 500 track
/// URIs, best first.
package struct SubmissionWriter {
  package static let trackCount = 500

  private let team: String
  private let email: String

  /// - Throws: `UsageError` for a name or an address that has no place in the first line.
  package init(team: String, email: String) throws {
    for (name, text) in [("team's name", team), ("address", email)] {
      guard !text.allSatisfy(\.isWhitespace), !text.contains(where: { $0 == "," || $0.isNewline }) else {
        throw UsageError("The \(name) must be some text on one line without commas, got \"\(text)\".")
      }
    }
    guard email.contains("@") else { throw UsageError("The address must be an e-mail address, got \"\(email)\".") }
    (self.team, self.email) = (team, email)
  }

  /// Writes a submission, whole or not at all; packed as gzip where the path ends in `.gz`.
  /// - Parameter body: calls the function that it is given for each playlist, with ids of Spotify's form.
  /// - Throws: `OutputError`, and what `body` throws.
  package func write(
    to path: String, _ body: (_ append: (_ pid: Int, _ ids: [String]) throws -> Void) throws -> Void
  ) throws {
    try AtomicFile.write(to: path) { sink in
      let gzip = path.hasSuffix(".gz") ? GzipSink(sink) : nil
      func append(_ line: String) throws {
        try Array((line + "\n").utf8).withUnsafeBytes { bytes in
          if let gzip { try gzip.append(bytes) } else { try sink.append(bytes) }
        }
      }
      try append("team_info, \(team), \(email)")
      try body { pid, ids in
        let uris = ids.map { id in
          guard let uri = SpotifyID.uri(id) else {
            preconditionFailure("SubmissionWriter: \(id) is no id of Spotify's")
          }
          return uri
        }
        try append("\(pid), \(uris.joined(separator: ", "))")
      }
      try gzip?.finish()
    }
  }
}
