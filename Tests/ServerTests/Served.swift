import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization
import TestSupport
import Testing

/// `segue serve` as its user runs it, on a port of its own, over a small model.
final class Served: Sendable {
  let data: ScratchFolder
  let model: String
  let address: String
  nonisolated(unsafe) private let program: Program.Running

  /// - Parameters:
  ///   - data: of a server that ran before; nil for a new folder.
  ///   - flags: of `segue serve`.
  ///   - health: what must answer 200 before it is taken as started.
  init(
    model: String = TestModel.shared.path, data: ScratchFolder? = nil, flags: [String] = [],
    environment: [String: String] = [:], health: String = "/health/ready"
  ) async throws {
    self.model = model
    self.data = try data ?? ScratchFolder()
    let port = try Self.freePort()
    let scheme = flags.contains("--tls-cert") ? "https" : "http"
    address = "\(scheme)://127.0.0.1:\(port)"
    program = try Program.start(
      ["serve", model, "--port", "\(port)", "--data", self.data.path, "--threads", "1"] + flags,
      environment: environment)
    let end = ContinuousClock.now + .seconds(300)  // other tests may need the processors
    while ContinuousClock.now < end {
      if !program.process.isRunning {
        let result = program.wait()
        throw Failure(description: "segue serve ended with \(result.status): \(result.errors)")
      }
      if let reply = try? await Visitor(self).send("GET", health), reply.status == 200 { return }
      try await Task.sleep(for: .milliseconds(50))
    }
    throw Failure(description: "segue serve: \(health) was not answered within five minutes")
  }

  struct Failure: Error, CustomStringConvertible { let description: String }

  deinit { if program.process.isRunning { kill(program.process.processIdentifier, SIGKILL) } }

  var processIdentifier: Int32 { program.process.processIdentifier }
  func signal(_ signal: Int32) { kill(program.process.processIdentifier, signal) }
  /// Waits for the end.
  func result() -> Program.Result { program.wait() }

  /// Changes the store as no route does.
  func sql(_ statement: String) throws {
    let script =
      "import sqlite3,sys\nd=sqlite3.connect(sys.argv[1],timeout=60)\nd.execute(sys.argv[2])\nd.commit()"
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, data.file("users.sqlite"), statement]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// Waits until so many exchanges of the model succeeded or failed.
  func waitForSwaps(_ count: Int, succeeded: Bool) async throws {
    func swaps() async throws -> Int {
      let text = try await Visitor(self).send("GET", "/metrics").text
      let name = "segue_model_swaps_total{succeeded=\"\(succeeded)\"} "
      let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
      return line.flatMap { Int($0.dropFirst(name.count)) } ?? -1
    }
    let end = ContinuousClock.now + .seconds(300)
    while try await swaps() < count, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try await swaps() >= count)
  }

  private static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    try #require(isBound)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

extension Served {
  /// For tests that leave it as it was. Ends with the tests.
  static var shared: Served {
    get async throws { try await sharedTask.value }
  }

  private static let sharedTask = Task {
    let server = try await Served()
    sharedProcess.store(server.program.process.processIdentifier, ordering: .sequentiallyConsistent)
    atexit { kill(Served.sharedProcess.load(ordering: .sequentiallyConsistent), SIGKILL) }
    return server
  }
  private static let sharedProcess = Atomic<Int32>(0)
}

/// One browser or program: keeps the cookie that it is given. Used from one task at a time.
final class Visitor: @unchecked Sendable {
  /// Kept running as long as somebody visits it.
  private let server: Served
  private var address: String { server.address }
  var cookie: String?
  var token: String?

  init(_ server: Served) { self.server = server }

  /// Does not try again when nobody listens any more.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.tlsConfiguration = .clientDefault
    configuration.tlsConfiguration?.certificateVerification = .none
    configuration.connectionPool.retryConnectionEstablishment = false
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  struct Reply {
    var status: Int
    var headers: HTTPHeaders
    var bytes: [UInt8]
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: Value { Value(any: try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])) }
  }

  /// - Parameter json: the body, of dictionaries, arrays, texts and numbers.
  @discardableResult
  func send(
    _ method: String, _ path: String, json: Any? = nil, body: [UInt8]? = nil, headers: [String: String] = [:]
  ) async throws -> Reply {
    var request = HTTPClientRequest(url: address + path)
    request.method = .RAW(value: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let cookie { request.headers.add(name: "Cookie", value: "segue_session=\(cookie)") }
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let json {
      request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: json)))
      if headers["Content-Type"] == nil { request.headers.add(name: "Content-Type", value: "application/json") }
    } else if let body {
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    let response = try await Self.client.execute(request, timeout: .seconds(300))
    let bytes = Array((try await response.body.collect(upTo: 64 << 20)).readableBytesView)
    for header in response.headers["Set-Cookie"] where header.hasPrefix("segue_session=") {
      let value = header.dropFirst("segue_session=".count).prefix { $0 != ";" }
      cookie = value.isEmpty ? nil : String(value)
    }
    return Reply(status: Int(response.status.code), headers: response.headers, bytes: bytes)
  }

  func makePlaylist(_ name: String, _ tracks: [String] = []) async throws -> Value {
    let reply = try await send("POST", "/api/v1/playlists", json: ["name": name, "tracks": tracks])
    try #require(reply.status == 201, "\(reply.text)")
    return reply.json
  }
}

/// Any JSON.
struct Value {
  let any: Any?
  subscript(_ name: String) -> Value { Value(any: (any as? [String: Any])?[name]) }
  subscript(_ place: Int) -> Value {
    guard let list = any as? [Any], list.indices.contains(place) else { return Value(any: nil) }
    return Value(any: list[place])
  }
  var string: String? { any as? String }
  var int: Int? { (any as? NSNumber)?.intValue }
  var double: Double? { (any as? NSNumber)?.doubleValue }
  var list: [Value] { (any as? [Any] ?? []).map { Value(any: $0) } }
  var isNull: Bool { any is NSNull }
  var isThere: Bool { any != nil }
  /// The songs' ids of a playlist.
  var trackIDs: [String] { self["tracks"].list.compactMap { $0["track"]["id"].string } }
}

/// A model of 120 songs, trained once for all tests that take the same.
struct TestModel: Sendable {
  let folder: ScratchFolder
  var path: String { folder.file("model") }

  static let shared: TestModel = {
    do { return try TestModel { "t\($0)" } } catch { fatalError("\(error)") }
  }()
  /// The same songs under other ids.
  static let ofSpotifyIDs: TestModel = {
    do { return try TestModel(id: spotifyID) } catch { fatalError("\(error)") }
  }()
  static func spotifyID(_ song: Int) -> String {
    String(repeating: "0", count: 22 - "\(song)".count) + "\(song)"
  }

  /// A copy that may be damaged.
  static func copy() throws -> (folder: ScratchFolder, path: String) {
    let folder = try ScratchFolder()
    try FileManager.default.copyItem(atPath: shared.path, toPath: folder.file("model"))
    return (folder, folder.file("model"))
  }

  static let songCount = 120
  static let scriptTitle = "<script>alert(1)</script>"

  private init(id: (Int) -> String) throws {
    folder = try ScratchFolder()
    let features =
      "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
      + "time_signature,valence"
    var tracks = "track_id,track_name,artist_name,\(features),album_name,release_year\n"
    for song in 0..<Self.songCount {
      let values =
        song == 7
        ? String(repeating: ",", count: 12)
        : "0.\(10 + song % 80),0.4,\(150_000 + song * 1000),0.\(10 + song % 90),0.1,\(song % 12),0.2,-\(song % 30),\(song % 2),0.3,"
          + "\(90 + song % 60),4,0.\(20 + song % 70)"
      let title =
        song == 3 ? Self.scriptTitle : song == 4 ? "Déjà Vu & \"\"Ça\"\"" : "Song \(Self.words[song % 10]) \(song)"
      tracks +=
        "\(id(song)),\"\(title)\",Artist \(Self.words[song % 8]),\(values),Album \(song % 20),\(1990 + song % 30)\n"
    }
    try folder.write(tracks, to: "tracks.csv")
    let rows = (0..<60).flatMap { pid in (0..<12).map { "\(pid),\($0),\(id((pid * 7 + $0 * 4) % Self.songCount))\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
    let result = try Program.run([
      "train", folder.path, "--out", folder.file("model"), "--epochs", "2", "--hidden", "16", "--device", "cpu",
      "--without", "re-ranking",
    ])
    try #require(result.status == 0, "\(result.errors)")
  }

  private static let words = [
    "amber", "bright", "copper", "distant", "electric", "fallen", "golden", "hollow", "ivory", "jaded",
  ]
}
