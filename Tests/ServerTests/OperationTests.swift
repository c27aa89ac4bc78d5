import Foundation
import TestSupport
import Testing

/// Running it: exchange of the model, stops, crashes, backups, metrics, settings.
@Suite struct OperationTests {
  private func copiedModel() throws -> (folder: ScratchFolder, path: String) {
    let folder = try ScratchFolder()
    try FileManager.default.copyItem(atPath: TestModel.shared.path, toPath: folder.file("model"))
    return (folder, folder.file("model"))
  }

  @Test func `the model is exchanged without a failed request, and a broken one is not taken`() async throws {
    let (folder, model) = try copiedModel()
    let server = try await Served(model: model)
    let requests = Task {
      let visitor = Visitor(server)
      var statuses: [Int] = []
      while !Task.isCancelled {
        do {
          statuses.append(try await visitor.send("POST", "/recommends", json: ["idlist": ["t1", "t2"]]).status)
        } catch  where Task.isCancelled {}
      }
      return statuses
    }
    func swaps(_ succeeded: Bool) async throws -> Int {
      let text = try await Visitor(server).send("GET", "/metrics").text
      let line = text.split(separator: "\n").first {
        $0.hasPrefix("segue_model_swaps_total{succeeded=\"\(succeeded)\"}")
      }
      return line.flatMap { Int($0.split(separator: " ")[1]) } ?? -1
    }
    func waitFor(_ count: Int, _ succeeded: Bool) async throws {
      for _ in 0..<200 where try await swaps(succeeded) < count { try await Task.sleep(for: .milliseconds(50)) }
      #expect(try await swaps(succeeded) == count)
    }
    try await waitFor(1, true)
    server.signal(SIGHUP)
    try await waitFor(2, true)
    // A broken folder in its place: the old model goes on.
    try FileManager.default.moveItem(atPath: model, toPath: folder.file("old"))
    try FileManager.default.copyItem(atPath: folder.file("old"), toPath: model)
    try Data("broken".utf8).write(to: URL(filePath: "\(model)/catalogue.songs"))
    server.signal(SIGHUP)
    try await waitFor(1, false)
    try FileManager.default.removeItem(atPath: model)
    server.signal(SIGHUP)
    try await waitFor(2, false)
    #expect(try await Visitor(server).send("POST", "/recommends", json: ["idlist": ["t1"]]).status == 201)
    requests.cancel()
    let statuses = try await requests.value
    #expect(statuses.count > 10 && statuses.allSatisfy { $0 == 201 })
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
