import Files
import Formats
import Music
import TestSupport
import Testing

/// Submissions of three playlists, and each rule broken once.
@Suite struct SubmissionTests {
  private let folder: ScratchFolder
  private let challenge: [ChallengePlaylist]

  init() throws {
    folder = try ScratchFolder()
    challenge = [
      ChallengePlaylist(pid: 10, title: "Mix", seeds: []),
      ChallengePlaylist(pid: 7, seeds: [Self.id(900), Self.id(901)]),
      ChallengePlaylist(pid: 8, seeds: [Self.id(902)]),
    ]
  }

  private static func id(_ number: Int) -> String {
    String(repeating: "0", count: 22 - String(number).count) + String(number)
  }

  private static func line(_ pid: Int, _ numbers: [Int] = Array(0..<500)) -> String {
    "\(pid), " + numbers.map { "spotify:track:\(id($0))" }.joined(separator: ", ")
  }

  private static let teamLine = "team_info, Us, us@example.org"
  /// A submission without a fault.
  private static let lines = [teamLine, line(10), line(7), line(8)]

  private func check(_ lines: [String]) throws -> SubmissionCheck {
    let path = try folder.write(lines.map { $0 + "\n" }.joined(), to: "submission.csv")
    return try SubmissionCheck(path, of: challenge)
  }

  @Test(arguments: ["submission.csv", "submission.csv.gz"])
  func `what is written has no fault, plain and packed`(name: String) throws {
    let path = folder.file(name)
    try SubmissionWriter(team: "Us", email: "us@example.org").write(to: path) { append in
      for pid in [10, 7, 8] { try append(pid, (0..<500).map(Self.id)) }
    }
    let result = try SubmissionCheck(path, of: challenge)
    #expect(result.faults.isEmpty && result.playlistCount == 3 && result.team == "Us")
    #expect(try ByteReader(path: path).isGzip == name.hasSuffix("gz"))
    if !name.hasSuffix("gz") { #expect(try folder.text(name) == Self.lines.map { $0 + "\n" }.joined()) }
  }

  @Test func `comments, empty lines, other spaces and line ends are allowed`() throws {
    let result = try check(
      ["# by us", "", Self.teamLine.replacing(", ", with: ",") + "\r"]
        + Self.lines.dropFirst().map { $0.replacing(", ", with: " ,") } + ["  ", "# end"])
    #expect(result.faults.isEmpty && result.playlistCount == 3)
  }

  @Test(arguments: [
    ([line(10), line(7), line(8)], 1, "the first line does not begin with team_info"),
    (["team_info, Us", line(10), line(7), line(8)], 1, "team_info has not a name and an e-mail address"),
    (["team_info, Us, here", line(10), line(7), line(8)], 1, "team_info has not a name and an e-mail address"),
    (
      ["team_info, main, Us, us@example.org", line(10), line(7), line(8)], 1,
      "team_info has a field main or creative, which belonged to the challenge of 2018"
    ),
    (lines + [line(11)], 5, "playlist 11 is not one of the challenge"),
    (lines + [line(7)], 5, "playlist 7 has a line already"),
    (lines + ["pid, trackuri_1"], 5, "the pid \"pid\" is not a whole number"),
    ([teamLine, line(10, Array(0..<499)), line(7), line(8)], 2, "playlist 10 has 499 tracks"),
    ([teamLine, line(10), line(7, Array(0..<501)), line(8)], 3, "playlist 7 has 501 tracks"),
    (
      [teamLine, line(10), line(7, Array(0..<499) + [3]), line(8)], 3,
      "playlist 7 has spotify:track:0000000000000000000003 twice"
    ),
    (
      [teamLine, line(10), line(7), line(8, Array(0..<499) + [902])], 4,
      "playlist 8 has spotify:track:0000000000000000000902, which is one of its seeds"
    ),
    (
      [teamLine, line(10).replacing(id(5), with: "5"), line(7), line(8)], 2,
      "track 6 of playlist 10 is \"spotify:track:5\""
    ),
    (
      [teamLine, line(10).replacing("track:\(id(5))", with: "album:\(id(5))"), line(7), line(8)], 2,
      "track 6 of playlist 10 is \"spotify:album:0000000000000000000005\""
    ),
    ([teamLine, line(10) + ",", line(7), line(8)], 2, "playlist 10 has 501 tracks"),
  ])
  func `each rule that is broken is named with its line`(lines: [String], line: Int, reason: String) throws {
    let result = try check(lines)
    #expect(result.faults.first?.line == line && result.faults.first?.reason == reason)
    #expect(result.faultCount == (reason == "playlist 10 has 501 tracks" ? 2 : 1))  // the empty one is no URI either
  }

  @Test func `playlists without a line and a file without lines are faults`() throws {
    let result = try check([Self.teamLine, Self.line(7)])
    #expect(result.faults.map(\.reason) == ["2 of the challenge's 3 playlists are missing: 10, 8"])
    #expect(try check(["# nothing"]).faults.map(\.reason).first == "the file has no lines")
  }

  @Test func `a song of one playlist's seeds may be recommended to another, and only 20 faults are kept`() throws {
    #expect(
      try check([Self.teamLine, Self.line(10), Self.line(7), Self.line(8, Array(1..<500) + [900])]).faults.isEmpty)
    let result = try check(Self.lines + Array(repeating: Self.line(7), count: 30))
    #expect(result.faults.count == SubmissionCheck.faultLimit && result.faultCount == 30)
  }

  @Test func `a line without end is refused, a last line without a line break is not`() throws {
    let path = try folder.write(Self.lines.joined(separator: "\n"), to: "whole.csv")
    #expect(try SubmissionCheck(path, of: challenge).faults.isEmpty)
    let long = try folder.write([UInt8](repeating: UInt8(ascii: "x"), count: 2 << 20), to: "long.csv")
    #expect(throws: InputError.self) { try SubmissionCheck(long, of: challenge) }
  }

  @Test(arguments: [("", "a@b"), ("A, B", "a@b"), ("A\nB", "a@b"), ("A", "nowhere"), ("A", "a@b,c"), (" ", "a@b")])
  func `names and addresses that have no place in the first line are refused`(team: String, email: String) {
    #expect(throws: UsageError.self) { try SubmissionWriter(team: team, email: email) }
  }
}
