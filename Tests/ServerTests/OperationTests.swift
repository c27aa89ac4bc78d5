import Foundation
import Synchronization
import TestSupport
import Testing

/// The statuses of answers that came so far.
private final class Answers: Sendable {
  private let statuses = Mutex<[Int]>([])

  var all: [Int] { statuses.withLock { $0 } }
  func add(_ status: Int) { statuses.withLock { $0.append(status) } }

  func waitForMore() async throws {
    let (before, end) = (all.count, ContinuousClock.now + .seconds(300))
    while all.count < before + 5, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
  }
}

/// Running it: exchange of the model, stops, crashes, backups, metrics, settings.
@Suite struct OperationTests {
  @Test func `the model is exchanged without a failed request, and a broken one is not taken`() async throws {
    let (folder, model) = try TestModel.copy()
    let server = try await Served(model: model)
    let answers = Answers()
    let requests = Task {
      let visitor = Visitor(server)
      while !Task.isCancelled {
        do {
          let status = try await visitor.send("POST", "/recommends", json: ["idlist": ["t1", "t2"]]).status
          answers.add(status)
        } catch  where Task.isCancelled {}
      }
    }
    try await server.waitForSwaps(1, succeeded: true)
    try await answers.waitForMore()
    server.signal(SIGHUP)
    try await server.waitForSwaps(2, succeeded: true)
    try await answers.waitForMore()
    // A broken folder in its place: the old model goes on.
    try FileManager.default.moveItem(atPath: model, toPath: folder.file("old"))
    try FileManager.default.copyItem(atPath: folder.file("old"), toPath: model)
    try Data("broken".utf8).write(to: URL(filePath: "\(model)/catalogue.songs"))
    server.signal(SIGHUP)
    try await server.waitForSwaps(1, succeeded: false)
    try FileManager.default.removeItem(atPath: model)
    server.signal(SIGHUP)
    try await server.waitForSwaps(2, succeeded: false)
    #expect(try await Visitor(server).send("POST", "/recommends", json: ["idlist": ["t1"]]).status == 201)
    try await answers.waitForMore()
    requests.cancel()
    try await requests.value
    #expect(answers.all.count >= 15 && answers.all.allSatisfy { $0 == 201 })
  }

  @Test func `files of the model that are cut short in place, as by cp, do not reach the one that answers`()
    async throws
  {
    let (folder, model) = try TestModel.copy()
    let server = try await Served(model: model)
    let visitor = Visitor(server)
    let request: [String: Any] = ["tracks": ["t1", "t5"], "count": 5, "reasons": true]
    func recommended() async throws -> [String?] {
      try await visitor.send("POST", "/api/v1/recommendations", json: request).json["recommendations"].list.map {
        $0["track"]["id"].string
      }
    }
    let before = try await recommended()
    #expect(before.count == 5)
    for name in try folder.names(in: "model") { truncate("\(model)/\(name)", 0) }
    for failures in 1...2 {
      #expect(try await recommended() == before)
      for path in ["search?q=song", "artists", "tracks?limit=100", "tracks/t60", "tracks/t60/preview", "model"] {
        #expect(try await visitor.send("GET", "/api/v1/\(path)").status == 200, "\(path)")
      }
      #expect(try await visitor.send("GET", "/rest/findSonicPath?startSongId=t1&endSongId=t50").status == 200)
      server.signal(SIGHUP)
      try await server.waitForSwaps(failures, succeeded: false)
    }
  }

  @Test func `while the model is loaded nothing is changed that is then answered with 503`() async throws {
    let data = try ScratchFolder()
    var server: Served? = try await Served(data: data)
    let visitor = Visitor(server!)
    let id = try await visitor.makePlaylist("Mine", ["t1", "t2"])["id"].string!
    let saved = try await visitor.send(
      "POST", "/api/v1/recommendations", json: ["tracks": ["t1"], "count": 2, "save": true])
    server!.signal(SIGTERM)
    _ = server!.result()
    // Opening a pipe waits for somebody who writes: this model is never loaded.
    let (folder, model) = try TestModel.copy()
    try FileManager.default.removeItem(atPath: "\(model)/config.json")
    try #require(mkfifo("\(model)/config.json", 0o600) == 0)
    server = try await Served(model: model, data: data, health: "/health/live")
    let early = Visitor(server!)
    early.cookie = visitor.cookie
    #expect(try await early.send("GET", "/health/ready").status == 503)
    let path = "/api/v1/playlists/\(id)"
    for (method, path, json) in [
      ("PATCH", path, ["name": "Yours"]), ("DELETE", "\(path)/tracks/1", nil),
      ("PATCH", "\(path)/tracks/1", ["position": 1]), ("PUT", "\(path)/tracks", ["tracks": [] as [String]]),
      ("POST", "/api/v1/history/\(saved.json["history_id"].int!)/restore", nil),
    ] as [(String, String, Any?)] {
      let reply = try await early.send(method, path, json: json)
      #expect(reply.status == 503, "\(method) \(path): \(reply.status)")
    }
    server!.signal(SIGKILL)
    _ = server!.result()
    let late = Visitor(try await Served(data: data))
    late.cookie = visitor.cookie
    let playlist = try await late.send("GET", path).json
    #expect(playlist["name"].string == "Mine" && playlist.trackIDs == ["t1", "t2"] && playlist["version"].int == 1)
    #expect(try await late.send("GET", "/api/v1/playlists").json["playlists"].list.count == 1)
    withExtendedLifetime(folder) {}
  }

  @Test func `songs that the exchanged model does not know can be kept, moved, taken away and put back`() async throws {
    let (folder, model) = try TestModel.copy()
    let server = try await Served(model: model)
    let visitor = Visitor(server)
    let made = try await visitor.makePlaylist("Mine", ["t1", "t2", "t3"])
    let path = "/api/v1/playlists/\(made["id"].string!)"
    try await visitor.send("PUT", "/api/v1/feedback/t9", json: ["verdict": "like"])
    let saved = try await visitor.send(
      "POST", "/api/v1/recommendations", json: ["tracks": ["t4"], "count": 2, "save": true])
    let recommended = saved.json["recommendations"][0]["track"]["id"].string!
    try FileManager.default.removeItem(atPath: model)
    try FileManager.default.copyItem(atPath: TestModel.ofSpotifyIDs.path, toPath: model)
    server.signal(SIGHUP)
    try await server.waitForSwaps(2, succeeded: true)

    let removed = try await visitor.send("DELETE", "\(path)/tracks/\(made["tracks"][1]["entry"].int!)")
    #expect(removed.json.trackIDs == ["t1", "t3"])
    let back = try await visitor.send("POST", "\(path)/tracks", json: ["tracks": ["t2"], "position": 1])
    #expect(back.json.trackIDs == ["t1", "t2", "t3"], "\(back.text)")
    #expect(try await visitor.send("PUT", "\(path)/tracks", json: ["tracks": [] as [String]]).json.trackIDs == [])
    let filled = try await visitor.send("PUT", "\(path)/tracks", json: ["tracks": ["t3", "t2", "t1"]])
    #expect(filled.json.trackIDs == ["t3", "t2", "t1"], "\(filled.text)")
    #expect(try await visitor.send("DELETE", path).status == 204)
    let again = try await visitor.makePlaylist("Mine", ["t1", TestModel.spotifyID(5), "t2", "t3"])
    #expect(again.trackIDs == ["t1", TestModel.spotifyID(5), "t2", "t3"])
    #expect(try await visitor.makePlaylist("More", ["t1", "t4", "t9", recommended])["track_count"].int == 4)
    // But neither what nobody ever had, nor what only somebody else has.
    for (who, track) in [(visitor, "t50"), (Visitor(server), "t1")] {
      let reply = try await who.send("POST", "/api/v1/playlists", json: ["name": "x", "tracks": [track]])
      #expect(reply.status == 400 && reply.text.contains(track))
    }
    withExtendedLifetime(folder) {}
  }

  @Test func `a stop lets what is running end`() async throws {
    let server = try await Served()
    // Half of a request before the signal, half after.
    let port = server.address.split(separator: ":").last!
    let script = """
      import os, signal, socket, time
      body = b'{"idlist":["t1","t2"]}'
      s = socket.create_connection(("127.0.0.1", \(port)), 60)
      s.sendall(b"POST /recommends HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\n"
                b"Content-Length: %d\\r\\n\\r\\n" % len(body) + body[:9])
      time.sleep(1)
      os.kill(\(server.processIdentifier), signal.SIGTERM)
      time.sleep(1)
      s.sendall(body[9:])
      print(s.recv(1000).split(b"\\r\\n")[0].decode())
      """
    let client = Process()
    client.executableURL = URL(filePath: "/usr/bin/env")
    client.arguments = ["python3", "-c", script]
    let output = Pipe()
    client.standardOutput = output
    try client.run()
    client.waitUntilExit()
    let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(answer == "HTTP/1.1 201 Created\n")
    let result = server.result()
    #expect(result.status == 0, "\(result.status) \(result.errors)")
  }

  @Test func `a kill during writes loses nothing that was acknowledged`() async throws {
    let data = try ScratchFolder()
    let server = try await Served(data: data)
    let visitor = Visitor(server)
    let id = try await visitor.makePlaylist("Under fire")["id"].string!
    let writes = Task {
      var acknowledged = 0
      while true {
        guard
          let reply = try? await visitor.send(
            "POST", "/api/v1/playlists/\(id)/tracks", json: ["tracks": ["t\(acknowledged % 100)"]])
        else { return acknowledged }
        if reply.status == 200 { acknowledged += 1 }
      }
    }
    let reader = Visitor(server)
    reader.cookie = visitor.cookie
    while try await reader.send("GET", "/api/v1/playlists/\(id)").json["track_count"].int! < 20 {}
    server.signal(SIGKILL)
    _ = server.result()
    let acknowledged = await writes.value
    #expect(acknowledged >= 19)
    let again = Visitor(try await Served(data: data))
    again.cookie = visitor.cookie
    let playlist = try await again.send("GET", "/api/v1/playlists/\(id)").json
    let tracks = playlist.trackIDs
    // The last one may have been written and not answered.
    #expect(tracks.count == acknowledged || tracks.count == acknowledged + 1)
    #expect(tracks == tracks.indices.map { "t\($0 % 100)" })
  }

  @Test func `a backup of a running server is a whole one, and is restored`() async throws {
    let server = try await Served()
    let visitor = Visitor(server)
    let id = try await visitor.makePlaylist("Precious", ["t1", "t2"])["id"].string!
    let scratch = try ScratchFolder()
    let backup = scratch.file("backup.sqlite")
    let made = try Program.run(["backup", server.data.path, backup])
    #expect(made.status == 0, "\(made.errors)")
    #expect(try scratch.names() == ["backup.sqlite"])
    #expect(try Program.run(["backup", server.data.path, backup]).status == 64)
    try await visitor.send("DELETE", "/api/v1/playlists/\(id)")
    #expect(try Program.run(["backup", "--restore", backup, scratch.file("data")]).status == 0)
    #expect(try Program.run(["backup", "--restore", backup, scratch.file("data")]).status == 64)
    let data = try ScratchFolder()
    try FileManager.default.copyItem(atPath: scratch.file("data/users.sqlite"), toPath: data.file("users.sqlite"))
    let restored = Visitor(try await Served(data: data))
    restored.cookie = visitor.cookie
    #expect(try await restored.send("GET", "/api/v1/playlists/\(id)").json.trackIDs == ["t1", "t2"])
    try scratch.write("no database", to: "nonsense")
    let foreign = try Program.run(["backup", "--restore", scratch.file("nonsense"), scratch.file("other")])
    #expect(foreign.status == 65 && foreign.errors.contains("no backup"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("other/users.sqlite")))
    #expect(try Program.run(["backup", scratch.file("nowhere"), scratch.file("x")]).status == 65)
  }

  @Test func `health and metrics tell what goes on, and no ids`() async throws {
    let visitor = Visitor(try await Served())
    let id = try await visitor.makePlaylist("Mine")["id"].string!
    try await visitor.send("GET", "/api/v1/playlists/\(id)")
    try await visitor.send("POST", "/recommends", json: ["idlist": ["t1"]])
    #expect(try await visitor.send("GET", "/health/live").status == 200)
    let text = try await visitor.send("GET", "/metrics").text
    #expect(
      text.contains("segue_requests_total{method=\"GET\",route=\"/api/v1/playlists/{playlistId}\",status=\"200\"} 1\n"))
    #expect(text.contains("segue_recommendations_total 1\n") && text.contains("segue_model_loaded 1\n"))
    #expect(!text.contains(id))
  }

  @Test func `it speaks TLS, and marks cookies so`() async throws {
    let scratch = try ScratchFolder()
    let (certificate, key) = (scratch.file("cert.pem"), scratch.file("key.pem"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
      "-subj", "/CN=localhost", "-keyout", key, "-out", certificate,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    let server = try await Served(flags: ["--tls-cert", certificate, "--tls-key", key])
    let reply = try await Visitor(server).send("POST", "/api/v1/playlists", json: ["name": "x"])
    #expect(reply.status == 201 && reply.headers.first(name: "Set-Cookie")?.contains("; Secure") == true)
  }

  @Test func `HEAD is GET without the body`() async throws {
    let visitor = Visitor(try await Served.shared)
    for path in ["/", "/api/v1/model", "/api/v1/tracks/nobody", "/nothing", "/api/v1/tracks/t1/preview"] {
      let (head, get) = (try await visitor.send("HEAD", path), try await visitor.send("GET", path))
      #expect(head.status == get.status && head.bytes.isEmpty, "\(path): \(head.status)")
    }
  }

  @Test func `a model, a port or a certificate that cannot be used is said, with the right status`() async throws {
    let scratch = try ScratchFolder()
    let data = ["--data", scratch.file("data")]
    let missing = try Program.run(["serve", scratch.file("nothing"), "--port", "0"] + data)
    #expect(missing.status == 65 && missing.errors.contains("no such folder"), "\(missing.status) \(missing.errors)")
    let server = try await Served.shared
    let port = String(server.address.split(separator: ":").last!)
    let taken = try Program.run(["serve", server.model, "--port", port] + data)
    #expect(taken.status == 73 && taken.errors.contains("cannot be listened at"), "\(taken.status) \(taken.errors)")
    let wrong = try Program.run(["serve", server.model, "--port", "many"] + data)
    #expect(wrong.status == 64 && wrong.errors.contains("--port cannot be many"))
    try scratch.write("no certificate", to: "cert.pem")
    let certificate = scratch.file("cert.pem")
    let tls = try Program.run(
      ["serve", server.model, "--port", "0", "--tls-cert", certificate, "--tls-key", certificate] + data)
    #expect(tls.status == 65 && tls.errors.contains("cert.pem"), "\(tls.status) \(tls.errors)")
    try scratch.write("junk", to: "junk/users.sqlite".replacingOccurrences(of: "junk/", with: ""))
    let store = try Program.run(["serve", server.model, "--port", "0", "--data", scratch.path])
    #expect(store.status == 65 && store.errors.contains("not a usable store"), "\(store.status) \(store.errors)")
  }

  @Test func `settings come from flags, then the environment, then the file`() throws {
    let scratch = try ScratchFolder()
    let file = try scratch.write("port = 1001\nhost = \"::1\"\nqueue = 7 # few\nrate_limit = 2.5\n", to: "segue.toml")
    let result = try Program.run(
      ["serve", "any", "--config", file, "--port", "1003", "--print-config"],
      environment: [
        "SEGUE_PORT": "1002", "SEGUE_HOST": "127.0.0.2", "SEGUE_SPOTIFY_CLIENT_ID": "me",
        "SEGUE_SPOTIFY_CLIENT_SECRET": "hush",
      ])
    #expect(result.status == 0, "\(result.errors)")
    for line in ["port = 1003", "host = \"127.0.0.2\"", "queue = 7", "rate_limit = 2.5", "spotify_client_id = \"me\""] {
      #expect(result.output.split(separator: "\n").contains { $0 == line }, "\(line) in \(result.output)")
    }
    #expect(!result.output.contains("hush"))
    // What is printed is read again as it was.
    try scratch.write(
      result.output.replacingOccurrences(of: "spotify_client_id", with: "# spotify_client_id"), to: "again.toml")
    let again = try Program.run(["serve", "any", "--config", scratch.file("again.toml"), "--print-config"])
    #expect(again.output.contains("port = 1003") && again.output.contains("queue = 7"))
    for (text, part) in [
      ("prot = 1\n", "no setting prot"), ("port = [1]\n", "port"), ("port = \n", "toml"), ("queue = 0\n", "queue"),
    ] {
      let wrong = try Program.run([
        "serve", "any", "--config", try scratch.write(text, to: "wrong.toml"), "--print-config",
      ])
      #expect((wrong.status == 64 || wrong.status == 65) && wrong.errors.contains(part), "\(text): \(wrong.errors)")
    }
  }
}
