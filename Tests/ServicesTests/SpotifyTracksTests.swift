import Services
import Synchronization
import TestSupport
import Testing

/// Details of songs, for which nobody waits long.
@Suite struct SpotifyTracksTests {
  private func tracks(
    _ server: ScriptedServer, within limit: Duration = .seconds(600),
    _ note: @escaping @Sendable (String) -> Void = { _ in }
  ) -> SpotifyTracks {
    SpotifyTracks(
      credentials: SpotifyCredentials(id: "myid", secret: "mysecret"), limit: limit, quietTime: .seconds(3600),
      address: server.address,
      accountsAddress: server.address, transport: HTTPTransport(timeout: limit), note: note)
  }

  private static func track(_ number: Int) -> String { "{\"id\":\"\(Song.id(number))\",\"name\":\"Song \(number)\"}" }

  private static func expected(_ number: Int) -> JSONValue {
    .object(["id": .string(Song.id(number)), "name": .string("Song \(number)")])
  }

  @Test func `each song is asked for once, one that Spotify does not know is none`() async {
    let server = ScriptedServer { request, _ in
      if request.method == "POST" { return .token() }
      return request.target == "/v1/tracks/\(Song.id(2))" ? .json("{}", status: 404) : .json(Self.track(1))
    }
    let tracks = tracks(server)
    #expect(await tracks.tracks([Song.id(1), Song.id(2), "no id of Spotify's"]) == [Self.expected(1), nil, nil])
    #expect(await tracks.tracks([Song.id(2), Song.id(1)]) == [nil, Self.expected(1)])
    #expect(server.requests.map(\.method) == ["POST", "GET", "GET"])
  }

  @Test func `what does not come in time is not waited for`() async {
    let server = ScriptedServer { request, _ in
      request.method == "POST" ? .token() : .json(Self.track(1), after: .seconds(600))
    }
    #expect(await tracks(server, within: .milliseconds(300)).tracks([Song.id(1), Song.id(2)]) == [nil, nil])
    #expect(server.requests.count { $0.method == "GET" } <= 1)
  }

  @Test(arguments: [429, 500, 403])
  func `a refusal is said, and after one that may pass nothing is asked for a while`(_ status: Int) async {
    let server = ScriptedServer { request, _ in
      request.method == "POST" ? .token() : .json("{}", status: status, headers: ["Retry-After: 3600"])
    }
    let notes = Mutex<[String]>([])
    let tracks = tracks(server) { note in notes.withLock { $0.append(note) } }
    for number in 1...3 { #expect(await tracks.tracks([Song.id(number)]) == [nil]) }
    #expect(server.requests.count { $0.method == "GET" } == (status == 403 ? 3 : 1))
    #expect(notes.withLock { $0.contains { $0.contains("\(status)") } }, "\(notes.withLock { $0 })")
  }

  @Test func `an answer that is no song is none`() async {
    let server = ScriptedServer([.token(), .json("[]"), .json("{\"id\":3}")])
    #expect(await tracks(server).tracks([Song.id(1), Song.id(2)]) == [nil, nil])
  }
}
