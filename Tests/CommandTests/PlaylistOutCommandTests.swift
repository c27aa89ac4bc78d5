import Foundation
import TestSupport
import Testing

/// `segue recommend --format` and `segue submit`, on a model of 560 songs, 11 of them without an id of Spotify's form.
@Suite(.serialized) struct PlaylistOutCommandTests {
  private static let made = Result { try make() }
  private let folder: ScratchFolder

  init() throws { folder = try Self.made.get() }

  private static func id(_ song: Int) -> String {
    song % 50 == 49 ? "own-\(song)" : String("0000000000000000000\(song)".suffix(19)) + "AbC"
  }

  private static func make() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let features =
      "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
      + "time_signature,valence"
    let tracks = (0..<560).map { song in
      "\(id(song)),\"Song, \(song)\",Artist & \(song / 4),0.1,0.4,\(150_500 + song * 1000),0.5,0.1,1,0.2,-8,1,0.3,120,4,0.5,"
        + "Album \(song / 3)\n"
    }
    try folder.write("track_id,track_name,artist_name,\(features),album_name\n" + tracks.joined(), to: "tracks.csv")
    let rows = (0..<40).flatMap { pid in (0..<20).map { "\(pid),\($0),\(id((pid * 17 + $0 * $0) % 560))\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
    try folder.write("pid,name\n" + (0..<40).map { "\($0),sad party\n" }.joined(), to: "playlist_meta.csv")
    let result = try Program.run([
      "train", folder.path, "--out", folder.file("model"), "--epochs", "1", "--hidden", "8", "--device", "cpu",
      "--split", "36,2,2",
    ])
    try #require(result.status == 0, "\(result.errors)")
    func playlist(_ pid: Int, _ title: String?, _ songs: [String]) -> String {
      let list = songs.enumerated().map { "{\"pos\": \($0), \"track_uri\": \"spotify:track:\($1)\"}" }
      let name = title.map { "\"name\": \"\($0)\", " } ?? ""
      return "{\(name)\"pid\": \(pid), \"num_samples\": \(songs.count), \"tracks\": [\(list.joined(separator: ", "))]}"
    }
    let playlists = [
      playlist(1_000_001, "Sad!", []), playlist(1_000_000, "unheard of", []),
      playlist(1_000_005, "Party", (0..<25).map { id($0 * 3) }), playlist(1_000_003, nil, [id(7)]),
      playlist(1_000_004, nil, [String(repeating: "z", count: 22)]),
    ]
    try folder.write(
      "{\"version\": \"v1\", \"playlists\": [\(playlists.joined(separator: ",\n"))]}", to: "challenge_set.json")
    return folder
  }

  private func submit(_ arguments: String...) throws -> Program.Result {
    try Program.run(["submit"] + arguments + [folder.file("challenge_set.json")])
  }

  @Test func `a submission has 500 songs for every playlist and is found without a fault`() throws {
    for name in ["submission.csv", "submission.csv.gz"] {
      let result = try submit(
        "--team", "Us & them", "--email", "us@example.org", "--out", folder.file(name), folder.file("model"))
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("5 playlists, 500 songs each, no fault"))
      #expect(result.errors.contains("for want of any known song or word: 2"))
      #expect(try submit("--check", folder.file(name)).output.contains("5 playlists by Us & them, no fault"))
    }
    let lines = try folder.text("submission.csv").split(separator: "\n")
    #expect(lines[0] == "team_info, Us & them, us@example.org")
    #expect(lines.dropFirst().map { $0.prefix(7) } == ["1000001", "1000000", "1000005", "1000003", "1000004"])
    #expect(!lines.joined().contains("own-"))
    let lists = lines.dropFirst().map { $0.drop { $0 != "," } }
    #expect(lists[1] == lists[4] && Set(lists).count == 4)
    #expect(try folder.bytes("submission.csv.gz").prefix(2) == [0x1F, 0x8B])
  }

  @Test func `a submission with a fault ends with status 65 and names its line`() throws {
    let path = try folder.write("team_info,a,b@c\n1000003,spotify:track:\(Self.id(7))\n", to: "wrong.csv")
    let result = try submit("--check", path)
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains("wrong.csv:2: playlist 1000003 has 1 tracks"))
    #expect(result.errors.contains("which is one of its seeds") && result.errors.contains("3 faults"))
  }

  @Test func `what makes no sense together is refused`() throws {
    #expect(try submit(folder.file("model"), "--team", "a", "--email", "b@c").status == 64)
    #expect(try submit("--check", "x", "--team", "a").status == 64)
    #expect(try submit("--check", "x", folder.file("model")).status == 64)
    let result = try submit(
      folder.file("model"), "--team", "a,b", "--email", "b@c", "--out", folder.file("never.csv"))
    #expect(result.status == 64 && result.errors.contains("without commas"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("never.csv")))
    for arguments in [
      ["--format", "csv", "--json"], ["--out", "x"], ["--format", "pls"], ["--format", "csv", "--reasons"],
    ] {
      let result = try Program.run(["recommend", folder.file("model"), "--tracks", Self.id(1)] + arguments)
      #expect(result.status == 64, "\(arguments)")
    }
  }

  @Test func `recommended songs become a playlist on the terminal or in a file`() throws {
    let command = ["recommend", folder.file("model"), "--tracks", "\(Self.id(1)),nobody", "--count", "3"]
    let json = try Program.run(command + ["--json"]).output
    let ids = json.split(separator: "\n").filter { $0.contains("\"track_id\"") }.map { $0.split(separator: "\"")[3] }
    try #require(ids.count == 3)

    let m3u = try Program.run(command + ["--format", "m3u8", "--title", "sad ones"])
    #expect(m3u.status == 0 && m3u.errors.contains("not in the catalogue: nobody"))
    let lines = m3u.output.split(separator: "\n")
    #expect(lines.count == 8 && lines.prefix(2) == ["#EXTM3U", "#PLAYLIST:sad ones"])
    #expect(lines[2].hasPrefix("#EXTINF:") && lines[2].contains(",Artist & ") && lines[2].contains(" - Song, "))

    for (format, text) in [
      ("xspf", "<creator>Artist &amp; "), ("jspf", "\"creator\" : \"Artist & "), ("csv", "Track URI,"),
    ] {
      let path = folder.file("list.\(format)")
      let result = try Program.run(command + ["--format", format, "--out", path])
      #expect(result.status == 0 && result.output.isEmpty)
      let written = try folder.text("list.\(format)")
      #expect(written.contains(text) && ids.allSatisfy { written.contains($0) } && written.contains("Album "))
    }
    let lost = try Program.run(command + ["--format", "csv", "--out", folder.file("none/list.csv")])
    #expect(lost.status == 73)
  }
}
