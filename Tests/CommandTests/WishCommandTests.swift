import Foundation
import TestSupport
import Testing

/// `segue recommend` with wishes, steering and reasons, and `segue add`, on both kinds of models.
@Suite(.serialized) struct WishCommandTests {
  enum Kind: String, CaseIterable { case dissertation, continuation }

  private static let features =
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
    + "time_signature,valence"
  private static let made = Result { try make() }
  private let folder: ScratchFolder

  init() throws { folder = try Self.made.get() }

  private static func line(_ id: String, _ song: Int) -> String {
    let values =
      song == 7
      ? String(repeating: ",", count: 12)
      : "0.\(10 + song),0.4,\(150_000 + song * 1000),0.\(90 - song),0.1,\(song % 12),0.2,-\(song),\(song % 2),0.3,\(90 + song),4,0.\(song * 7 % 10)"
    return
      "\(id),\"Song, \(song / 2)\(song % 2 == 0 ? "" : " (Live)")\",Artist \(song / 4),\(values),Album \(song / 3)\n"
  }

  private static func make() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let tracks = (0..<40).map { line("t\($0)", $0) }.joined()
    try folder.write("track_id,track_name,artist_name,\(features),album_name\n" + tracks, to: "tracks.csv")
    let rows = (0..<16).flatMap { pid in (0..<9).map { "\(pid),\($0),t\((pid * 7 + $0 * 4) % 38)\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
    try folder.write("pid,name\n" + (0..<16).map { "\($0),sad party\n" }.joined(), to: "playlist_meta.csv")
    for kind in Kind.allCases {
      let result = try Program.run([
        "train", folder.path, "--out", folder.file(kind.rawValue), "--objective", kind.rawValue, "--epochs", "2",
        "--hidden", "8", "--device", "cpu", "--split", "12,2,2",
      ])
      try #require(result.status == 0, "\(result.errors)")
    }
    return folder
  }

  private struct Answer: Decodable {
    struct Song: Decodable {
      struct Reasons: Decodable {
        struct Number: Decodable {
          var predicted: Double
          var actual: Double?
        }
        struct Seed: Decodable {
          var trackId, trackName, artistName: String
          var influence, share: Double
        }
        var features: [String: Number]
        var seeds: [Seed]
      }
      var trackId, trackName, artistName: String
      var albumName: String?
      var distance: Double?
      var score: Double
      var reasons: Reasons?
    }
    var recommendations: [Song]
    var ignored, withoutFeatures: [String]
    var shortage: String?
  }

  private func run(_ kind: Kind, _ arguments: [String]) throws -> Program.Result {
    try Program.run(["recommend", folder.file(kind.rawValue)] + arguments)
  }

  private func recommend(_ kind: Kind, _ arguments: String...) throws -> Answer {
    let result = try run(kind, ["--json"] + arguments)
    try #require(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Answer.self, from: Data(result.output.utf8))
  }

  @Test(arguments: ["m3u8", "xspf", "jspf", "csv"])
  func `a playlist that was written is one that can be given`(format: String) throws {
    let file = folder.file("written.\(format)")
    let songs = try recommend(.continuation, "--tracks", "t2,t9", "--count", "4").recommendations.map(\.trackId)
    let written = try run(
      .continuation, ["--tracks", "t2,t9", "--count", "4", "--format", format, "--out", file])
    try #require(written.status == 0, "\(written.errors)")
    let given = try recommend(.continuation, "--playlist", file, "--title", "party")
    let expected = try recommend(.continuation, "--tracks", songs.joined(separator: ","), "--title", "party")
    #expect(given.recommendations.map(\.trackId) == expected.recommendations.map(\.trackId))
    #expect(given.ignored.isEmpty && songs.count == 4)
  }

  @Test func `songs of a file that the model does not have are named, and several playlists are an error`() throws {
    let m3u = try folder.write(
      "#EXTM3U\n#EXTINF:200,Artist 1 - Song, 2\na.mp3\n#EXTINF:200,Nobody - Nothing\nb.mp3\n", to: "own.m3u")
    let answer = try recommend(.continuation, "--playlist", m3u)
    #expect(answer.ignored == ["Nothing by Nobody"] && !answer.recommendations.map(\.trackId).contains("t4"))
    let two = try folder.write(
      #"{"playlists":[{"name":"a","pid":1,"tracks":[{"track_uri":"spotify:track:t1","pos":0}]},"#
        + #"{"name":"b","pid":2,"tracks":[{"track_uri":"spotify:track:t2","pos":0}]}]}"#, to: "two.json")
    let result = try run(.continuation, ["--playlist", two])
    #expect(result.status == 65 && result.errors.contains("two.json: it holds 2 playlists"), "\(result.errors)")
  }

  @Test func `titles and artists that mean nothing to the model are told`() throws {
    let result = try run(.continuation, ["--tracks", "t2", "--title", "xyzzy", "--exclude", "artist:Nobody Here"])
    #expect(result.errors.contains("the model knows no word of xyzzy"), "\(result.errors)")
    #expect(result.errors.contains("never, but no song is by them: nobody here"), "\(result.errors)")
    #expect(!(try run(.continuation, ["--tracks", "t2", "--exclude", "artist:artist 1"])).errors.contains("never"))
  }

  @Test func `a title is enough for a model that knows words`() throws {
    let songs = try recommend(.continuation, "--title", "Sad party", "--count", "5").recommendations
    #expect(songs.count == 5)
    #expect(try run(.dissertation, ["--title", "Sad party"]).status == 64)
  }

  @Test func `a ranking model answers in the agreed JSON, and songs without features are given and found`() throws {
    let answer = try recommend(
      .continuation, "--tracks", "t7,nobody,t3", "--title", "Sad!", "--count", "500", "--versions")
    #expect(answer.ignored == ["nobody"] && answer.withoutFeatures.isEmpty && answer.shortage == "catalogue")
    #expect(Set(answer.recommendations.map(\.trackId)) == Set((0..<40).map { "t\($0)" }).subtracting(["t3", "t7"]))
    let scores = answer.recommendations.map(\.score)
    #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 } && scores.first! > scores.last!)
    let silent = try recommend(.continuation, "--tracks", "t3", "--count", "500", "--versions").recommendations
    #expect(silent.first { $0.trackId == "t7" }?.distance == nil && silent.count { $0.distance == nil } == 1)
    let untitled = try recommend(.continuation, "--tracks", "t7,t3", "--count", "500", "--versions").recommendations
    #expect(untitled.map(\.score) != scores, "the title counts")
  }

  @Test(arguments: Kind.allCases)
  func `wishes hold`(kind: Kind) throws {
    let songs = try recommend(kind, "--tracks", "t3,t12", "--count", "500").recommendations
    let titles = songs.map { $0.trackName.replacing(" (Live)", with: "") }
    #expect(Set(titles).count == titles.count && !titles.contains("Song, 1"), "t2 is t3's other version")
    let artists = try recommend(kind, "--tracks", "t3", "--count", "500", "--max-per-artist", "1").recommendations
    #expect(Set(artists.map(\.artistName)).count == artists.count && artists.count >= 9)
    let albums = try recommend(kind, "--tracks", "t3", "--count", "500", "--max-per-album", "1").recommendations
    #expect(Set(albums.map { "\($0.artistName)/\($0.albumName ?? "")" }).count == albums.count)

    let never = try folder.write("t20\nartist:artist 2\nunknown\n", to: "never.txt")
    let recent = try folder.write("track_id\nt30\nt31\n", to: "recent.csv")
    let result = try run(
      kind,
      [
        "--tracks", "t3", "--count", "500", "--versions", "--exclude", never, "--exclude", "t21,t22", "--recent",
        recent, "--json",
      ])
    let out = Set(["t8", "t9", "t10", "t11", "t20", "t21", "t22", "t30", "t31"])
    #expect(result.status == 0 && out.allSatisfy { !result.output.contains("\"\($0)\"") }, "\(result.errors)")
    #expect(result.output.contains("\"t24\"") && result.errors.contains("not in the catalogue: 1 id"))
    let all = (0..<40).map { "t\($0)" }.joined(separator: ",")
    let nothing = try run(kind, ["--tracks", "t3", "--exclude", all])
    #expect(nothing.status == 0 && nothing.output.isEmpty, "\(nothing.output)")
    #expect(nothing.errors.contains("nothing left to recommend: the wishes forbid every other song"))
  }

  @Test(arguments: Kind.allCases)
  func `steering moves what is recommended`(kind: Kind) throws {
    func valence(_ steer: String) throws -> Double {
      let songs = try recommend(kind, "--tracks", "t3,t12", "--count", "5", "--steer", steer, "--reasons")
        .recommendations
      let values = songs.compactMap { $0.reasons?.features["valence"]?.actual }
      return values.reduce(0, +) / Double(values.count)
    }
    #expect(try valence("valence=0") < valence("valence=1"))
    let absolute = try recommend(kind, "--tracks", "t3", "--steer", "energy=0.7,tempo=100", "--reasons")
    let first = try #require(absolute.recommendations.first?.reasons?.features)
    #expect(abs(first["energy"]!.predicted - 0.7) < 1e-5 && abs(first["tempo"]!.predicted - 100) < 0.01)
  }

  @Test(arguments: Kind.allCases)
  func `reasons are told in JSON and on 80 columns`(kind: Kind) throws {
    let answer = try recommend(kind, "--tracks", "t3,t12,t13,t20,t31", "--count", "6", "--reasons")
    for song in answer.recommendations {
      let reasons = try #require(song.reasons)
      #expect(reasons.features.count == 10 && reasons.seeds.count <= 3)
      #expect(reasons.seeds.allSatisfy { ["t3", "t12", "t13", "t20", "t31"].contains($0.trackId) && $0.influence > 0 })
      #expect(reasons.seeds.map(\.share).reduce(0, +) <= 1.000001)
    }
    #expect(answer.recommendations.contains { $0.reasons?.seeds.isEmpty == false })
    let text = try run(kind, ["--tracks", "t3,t12", "--count", "3", "--reasons"])
    let lines = text.output.split(separator: "\n")
    #expect(text.status == 0 && lines.allSatisfy { $0.count <= 80 } && lines.count { $0.hasPrefix("expected") } == 3)
    #expect(lines.contains { $0.contains("acoust dance") && $0.contains("BPM valence") })
    #expect(lines.contains { $0.contains("pulled by") && $0.contains(" %  Song, ") })
  }

  @Test func `what a kind of model does not know is said`() throws {
    let title = try run(.dissertation, ["--tracks", "t3", "--title", "x"])
    #expect(title.status == 0 && title.errors.contains("--title does nothing"))
    let original = try run(.continuation, ["--tracks", "t3", "--decode", "original"])
    #expect(original.status == 64 && original.errors.contains("ranks its catalogue"))
  }

  @Test(arguments: [
    (64, ["--steer", "enery=1"]), (64, ["--steer", "energy=2"]), (64, ["--steer", ""]),
    (64, ["--max-per-artist", "0"]),
    (64, ["--max-per-album", "-1"]), (64, ["--steer-strength", "2"]),
    (64, ["--steer", "energy=1", "--steer-strength", "101"]),
    (65, ["--exclude", "/nowhere.txt"]), (65, ["--exclude", ","]), (65, ["--recent", "/nowhere.txt"]),
    (64, ["--reasons", "--decode", "original"]),
  ])
  func `mistakes in wishes end with their status`(status: Int, arguments: [String]) throws {
    let result = try run(.continuation, ["--tracks", "t3"] + arguments)
    #expect(Int(result.status) == status && result.output.isEmpty && !result.errors.isEmpty, "\(result.errors)")
  }

  @Test(arguments: Kind.allCases)
  func `added songs are given and recommended, and evaluation still runs`(kind: Kind) throws {
    let model = folder.file("\(kind)-larger")
    try FileManager.default.copyItem(atPath: folder.file(kind.rawValue), toPath: model)
    let header = "track_id,track_name,artist_name,\(Self.features),album_name\n"
    let tracks = try folder.write(header + Self.line("n1", 9) + Self.line("t5", 5) + Self.line("n2", 12), to: "new.csv")
    let result = try Program.run(["add", model, tracks])
    #expect(result.status == 0 && result.output == "2 songs added, 42 in the catalogue\n", "\(result.errors)")
    #expect(result.errors.contains("1 were there already"))
    let again = try Program.run(["add", model, tracks, "--json"])
    #expect(again.output.contains("\"added\" : 0") && again.output.contains("\"already_there\" : 3"))
    let songs = try Program.run(["recommend", model, "--tracks", "n1", "--count", "500", "--versions", "--json"])
    #expect(songs.status == 0 && songs.output.contains("\"n2\"") && !songs.output.contains("\"n1\""), "\(songs.errors)")
    let evaluated = try Program.run(["evaluate", model, folder.path, "--seeds", "4", "--methods", "segue"])
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    #expect(try Program.run(["add", model, "/nowhere.csv"]).status == 65)
    #expect(try Program.run(["add", "/nowhere", tracks]).status == 65)
    #expect(try Program.run(["add", folder.path, tracks]).status == 65)
  }

  @Test func `adding that is killed leaves a model that opens, the old one or the new one`() throws {
    let model = folder.file("killed")
    try FileManager.default.copyItem(atPath: folder.file("continuation"), toPath: model)
    var (finished, count) = (0, 40)
    for attempt in 0..<14 {
      let header = "track_id,track_name,artist_name,\(Self.features),album_name\n"
      let tracks = try folder.write(header + Self.line("n\(attempt)", 9), to: "one.csv")
      let run = try Program.start(["add", model, tracks])
      usleep(UInt32(1500 * attempt))
      if attempt < 12 { kill(run.process.processIdentifier, SIGKILL) }
      if run.wait().status == 0 { finished += 1 }
      let songs = try Program.run(["recommend", model, "--tracks", "t3", "--count", "500", "--versions", "--json"])
      try #require(songs.status == 0, "\(songs.errors)")
      let found = songs.output.split(separator: "\"track_id\"").count  // songs but for the one given, + 1
      #expect(found == count || found == count + 1)
      count = found
    }
    #expect(finished >= 2 && count > 40)
  }
}
