package import Files
internal import Music

/// Holds a submission to the Million Playlist Dataset's challenge against its rules:
///
/// - The first line is `team_info, team, address`. Empty lines and those that begin with `#` count nowhere.
/// - Every other line is a pid and exactly 500 track URIs; each playlist of the challenge has one, and no other has.
/// - A URI is `spotify:track:` and 22 digits and letters. None stands twice in a line or is one of the playlist's seeds.
package struct SubmissionCheck {
  /// What is wrong, in the file's order; those beyond `faultLimit` are only counted.
  package private(set) var faults: [InputError] = []
  package private(set) var faultCount = 0
  /// Lines of playlists.
  package private(set) var playlistCount = 0
  package private(set) var team: String?

  package static let faultLimit = 20
  private static let longestLine = 1 << 20

  private let path: String
  private let seeds: [Int: Set<String>]
  private var met: Set<Int> = []
  private var hasTeamLine = false

  /// - Parameters:
  ///   - path: the submission, plain or gzip.
  ///   - challenge: its playlists, each pid once.
  /// - Throws: `InputError` when it cannot be read.
  package init(_ path: String, of challenge: [ChallengePlaylist]) throws {
    self.path = path
    seeds = Dictionary(uniqueKeysWithValues: challenge.map { ($0.pid, Set($0.seeds)) })
    try LineReader(ByteReader(path: path), longest: Self.longestLine).forEach { bytes, line in
      let text = Substring(decoding: bytes, as: UTF8.self).trimmed
      guard !text.isEmpty, text.first != "#" else { return }
      let fields = text.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed)
      if !hasTeamLine {
        hasTeamLine = true
        checkTeam(fields, line: line)
        if fields[0] == "team_info" { return }
      }
      check(fields, line: line)
    }
    if !hasTeamLine { fault(nil, "the file has no lines", "Begin with team_info, TEAM, ADDRESS.") }
    let missing = challenge.map(\.pid).filter { !met.contains($0) }
    if !missing.isEmpty {
      let names = missing.prefix(5).map(String.init).joined(separator: ", ")
      fault(
        nil,
        "\(missing.count) of the challenge's \(challenge.count) playlists are missing: \(names)"
          + (missing.count > 5 ? ", …" : ""), "Each needs a line.")
    }
  }

  private mutating func checkTeam(_ fields: [Substring], line: Int) {
    let remedy = "Write team_info, TEAM, ADDRESS."
    if fields[0] != "team_info" {
      fault(line, "the first line does not begin with team_info", remedy)
    } else if fields.count == 4, ["main", "creative"].contains(fields[1]) || ["main", "creative"].contains(fields[2]) {
      fault(line, "team_info has a field main or creative, which belonged to the challenge of 2018", remedy)
    } else if fields.count != 3 || fields.contains(where: \.isEmpty) || !fields[2].contains("@") {
      fault(line, "team_info has not a name and an e-mail address", remedy)
    } else {
      team = String(fields[1])
    }
  }

  private mutating func check(_ fields: [Substring], line: Int) {
    guard let pid = Int(fields[0]) else {
      return fault(line, "the pid \"\(fields[0].prefix(40))\" is not a whole number", "Begin with the playlist's pid.")
    }
    playlistCount += 1
    guard let given = seeds[pid] else {
      return fault(line, "playlist \(pid) is not one of the challenge", "Remove the line.")
    }
    guard met.insert(pid).inserted else {
      return fault(line, "playlist \(pid) has a line already", "Remove one of the two.")
    }
    let uris = fields.dropFirst()
    if uris.count != SubmissionWriter.trackCount {
      fault(line, "playlist \(pid) has \(uris.count) tracks", "It must have exactly \(SubmissionWriter.trackCount).")
    }
    var ids: Set<String> = []
    for (place, uri) in uris.enumerated() {
      guard let id = SpotifyID.id(ofURI: uri) else {
        return fault(
          line, "track \(place + 1) of playlist \(pid) is \"\(uri.prefix(60))\"",
          "Write spotify:track: and the 22 digits and letters of its id.")
      }
      if !ids.insert(id).inserted {
        return fault(line, "playlist \(pid) has \(uri) twice", "Recommend another track.")
      }
      if given.contains(id) {
        return fault(line, "playlist \(pid) has \(uri), which is one of its seeds", "Recommend another track.")
      }
    }
  }

  private mutating func fault(_ line: Int?, _ reason: String, _ remedy: String) {
    faultCount += 1
    if faults.count < Self.faultLimit {
      faults.append(InputError(path: path, line: line, reason: reason, remedy: remedy))
    }
  }
}

extension Substring {
  /// Without spaces at both ends, those of a CRLF line end among them.
  fileprivate var trimmed: Substring {
    var text = drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
