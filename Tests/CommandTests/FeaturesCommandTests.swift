import Foundation
import TestSupport
import Testing

/// `segue features` as its user runs it, against a server of this machine.
@Suite struct FeaturesCommandTests {
  private let folder: ScratchFolder
  private static let columns =
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
    + "time_signature,valence"

  init() throws {
    folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: true)
    let none = String(repeating: ",", count: 12)
    let rows = (0..<100).map { "\(Self.id($0)),Song,Artist,\(none)\n" }
    try folder.write("track_id,track_name,artist_name,\(Self.columns)\n" + rows.joined(), to: "data/tracks.csv")
  }

  private static func id(_ number: Int) -> String {
    "song" + String(String(1_000_000_000_000_000_000 + number).dropFirst())
  }

  private static func answer(_ ids: [String]) -> ScriptedServer.Response {
    let songs = ids.map { "{\"href\":\"https://open.spotify.com/track/\($0)\",\"energy\":0.5,\"tempo\":120}" }
    return .json("{\"content\":[\(songs.joined(separator: ","))]}")
  }

  private func arguments(_ server: ScriptedServer, _ more: String...) -> [String] {
    ["features", folder.file("data"), "--cache", folder.file("cache"), "--rate", "1000"]
      + ["--reccobeats-url", server.address, "--spotify-url", server.address, "--spotify-accounts-url", server.address]
      + more
  }

  private func cachedIDs() throws -> [String] {
    try folder.text("cache/reccobeats.csv").split(separator: "\n").dropFirst().map { String($0.prefix { $0 != "," }) }
  }

  @Test func `the summary is printed, and a second run makes no request`() throws {
    let server = ScriptedServer { request, _ in Self.answer(request.ids.filter { $0 != Self.id(3) }) }
    let first = try Program.run(arguments(server, "--from", "reccobeats"))
    #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
    #expect(
      first.output == """
        \(folder.file("data")): 100 songs, 0 had features
        reccobeats: 99 songs filled, 100 asked for and answered, 0 known from the cache
        filled in: 198 values of 99 songs
        still missing: 1 songs without features, 99 with gaps
        requests: 3

        """)
    let second = try Program.run(arguments(server, "--from", "reccobeats", "--json"))
    let report = try #require(try JSONSerialization.jsonObject(with: Data(second.output.utf8)) as? [String: Any])
    #expect(second.status == 0 && server.requests.count == 3)
    #expect(report["requests"] as? Int == 0 && report["is_written"] as? Bool == false)
    #expect(report["had_features"] as? Int == 99 && report["still_missing"] as? Int == 1)
  }

  @Test func `killed at any moment, the same command goes on, and no song is asked twice or there twice`() throws {
    for killed in 1...2 {
      let silent = ScriptedServer { request, index in
        index < killed ? Self.answer(request.ids) : .json("{}", after: .seconds(20))
      }
      let run = try Program.start(arguments(silent, "--from", "reccobeats"))
      while silent.requests.count <= killed { usleep(2000) }
      kill(run.process.processIdentifier, SIGKILL)
      #expect(run.wait().status == -SIGKILL)
      #expect(try cachedIDs().count == 40 * killed)
      // What a kill in the middle of a write leaves.
      let handle = try #require(FileHandle(forWritingAtPath: folder.file("cache/reccobeats.csv")))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data("\(Self.id(99)),0.2".utf8))
      try handle.close()

      let server = ScriptedServer { request, _ in Self.answer(request.ids) }
      let again = try Program.run(arguments(server, "--from", "reccobeats"))
      #expect(again.status == 0, "\(again.errors)")
      #expect(server.requests.flatMap(\.ids) == (40 * killed..<100).map(Self.id))
      #expect(try cachedIDs() == (0..<100).map(Self.id))
      try FileManager.default.removeItem(atPath: folder.file("cache"))
      let tracks = try folder.text("data/tracks.csv")
      #expect(tracks.split(separator: "\n").count { $0.hasSuffix("reccobeats") } == 100)
      try folder.write(tracks.replacing("0.5", with: "").replacing("120", with: ""), to: "data/tracks.csv")
    }
  }

  @Test func `Ctrl-C saves what there is and ends with status 130`() throws {
    let server = ScriptedServer { request, index in
      index == 0 ? Self.answer(request.ids) : .json("{}", after: .seconds(20))
    }
    let run = try Program.start(arguments(server, "--from", "reccobeats"))
    while server.requests.count < 2 { usleep(2000) }
    kill(run.process.processIdentifier, SIGINT)
    let result = run.wait()
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors == "interrupted; what was answered is kept, and the same command goes on from there\n")
    #expect(result.output.contains("filled in: 80 values of 40 songs"))
    #expect(try cachedIDs().count == 40)
    #expect(try folder.text("data/tracks.csv").split(separator: "\n").count { $0.hasSuffix("reccobeats") } == 40)
  }

  @Test func `a service that refuses ends the run with status 69 and the ways that are left`() throws {
    let server = ScriptedServer { request, _ in
      request.method == "POST" ? .json(#"{"access_token":"t","expires_in":3600}"#) : .json("{}", status: 403)
    }
    let before = try folder.text("data/tracks.csv")
    let result = try Program.run(
      arguments(server, "--from", "spotify"),
      environment: ["SPOTIFY_CLIENT_ID": "myid", "SPOTIFY_CLIENT_SECRET": "mysecret"])
    #expect(result.status == 69)
    #expect(result.errors.contains("27 November 2024") && result.errors.contains("--from reccobeats"))
    #expect(!result.errors.contains("mysecret"))
    #expect(try folder.text("data/tracks.csv") == before)
  }

  @Test(arguments: [
    (["--from", "nowhere.csv"], "there is no such file"), (["--from", "spotify"], "SPOTIFY_CLIENT_ID"),
    (["--from", "reccobeats", "--from", "reccobeats"], "is there twice"),
    (["--from", "reccobeats", "--rate", "0"], "--rate is 0"),
    (["--from", "reccobeats", "--reccobeats-url", "ftp://x"], "must be https://"),
    (["--from", "reccobeats", "--reccobeats-url", "http:///"], "is no address"), ([], "--from"),
  ])
  func `what makes no sense is told with status 64`(_ more: [String], _ message: String) throws {
    let result = try Program.run(
      ["features", folder.file("data"), "--cache", folder.file("cache")] + more,
      environment: ["SPOTIFY_CLIENT_ID": "", "SPOTIFY_CLIENT_SECRET": ""])
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }
}
