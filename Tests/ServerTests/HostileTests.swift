import Foundation
import Server
import TestSupport
import Testing

/// What somebody sends who means no good, or does not know better.
@Suite struct HostileTests {
  @Test func `changes that a page of another origin makes a browser send are refused`() async throws {
    let server = try await Served.shared
    let visitor = Visitor(server)
    let made = try await visitor.makePlaylist("Mine", ["t1"])
    let path = "/api/v1/playlists/\(made["id"].string!)"
    for headers in [
      ["Origin": "https://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"],
      ["Sec-Fetch-Site": "same-site"], ["Origin": server.address + ".evil.example"],
    ] {
      #expect(try await visitor.send("DELETE", path, headers: headers).status == 403, "\(headers)")
      #expect(try await visitor.send("PATCH", path, json: ["name": "x"], headers: headers).status == 403)
    }
    // A form cannot send JSON, and what it can send is not taken.
    let form = try await visitor.send(
      "POST", "/api/v1/playlists", body: Array(#"{"name":"x"}"#.utf8), headers: ["Content-Type": "text/plain"])
    #expect(form.status == 415)
    #expect(
      try await visitor.send("PATCH", path, json: ["name": "y"], headers: ["Origin": server.address]).status == 200)
    #expect(try await visitor.send("DELETE", path, headers: ["Sec-Fetch-Site": "same-origin"]).status == 204)
  }

  @Test func `SQL and script in every text field stay text`() async throws {
    let server = try await Served.shared
    let visitor = Visitor(server)
    for text in [
      "'; DROP TABLE playlist; --", "\" OR \"\"=\"", "<script>alert(1)</script>", "\u{202E}x", "%s%n{}", "🎵👩‍👩‍👧",
    ] {
      let made = try await visitor.makePlaylist(text, ["t3"])
      #expect(made["name"].string == text && made["tracks"][0]["track"]["name"].string == TestModel.scriptTitle)
      let path = "/api/v1/playlists/\(made["id"].string!)"
      let query = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
      #expect(try await visitor.send("PATCH", path, json: ["name": text]).json["name"].string == text)
      for address in [
        "/api/v1/search?q=\(query)", "/api/v1/tracks?artist=\(query)", "/api/v1/tracks?prefix=\(query)",
        "/api/v1/artists?prefix=\(query)",
      ] { #expect(try await visitor.send("GET", address).status == 200, "\(address)") }
      for address in ["/api/v1/tracks/\(query)", "/api/v1/playlists/\(query)", "/api/v1/history/\(query)"] {
        let reply = try await visitor.send(address.contains("history") ? "DELETE" : "GET", address)
        #expect(reply.status == 404, "\(address): \(reply.status)")
      }
      #expect(try await visitor.send("POST", "/api/v1/tokens", json: ["label": text]).json["label"].string == text)
      let recommended = try await visitor.send(
        "POST", "/api/v1/recommendations",
        json: ["tracks": ["t1", text], "title": text, "exclude": [text], "exclude_artists": [text], "count": 2])
      #expect(recommended.status == 200)
      let file = try await visitor.send("GET", "\(path)/export?format=xspf")
      #expect(file.status == 200 && !file.text.contains("<script"))
    }
    #expect(try await visitor.send("GET", "/api/v1/playlists").json["playlists"].list.count == 6)
    for text in ["a\u{0}b", "a\nb", "\u{7}"] {
      #expect(try await visitor.send("POST", "/api/v1/playlists", json: ["name": text]).status == 400)
      #expect(try await visitor.send("POST", "/api/v1/tokens", json: ["label": text]).status == 400)
      let account = try await visitor.send("POST", "/api/v1/account", json: ["name": text, "password": "0123456789"])
      #expect(account.status == 400)
    }
    let page = try await visitor.send("GET", "/")
    let policy = try #require(page.headers.first(name: "Content-Security-Policy"))
    #expect(policy.contains("script-src 'self'") && !policy.contains("unsafe"))
    #expect(page.headers.first(name: "X-Content-Type-Options") == "nosniff")
  }

  @Test func `what is too large is refused before it is read`() async throws {
    let visitor = Visitor(try await Served.shared)
    let big = [UInt8](repeating: UInt8(ascii: " "), count: 10_000_000)
    for path in ["/recommends", "/api/v1/playlists", "/api/v1/recommendations", "/api/v1/session"] {
      let reply = try await visitor.send("POST", path, body: big, headers: ["Content-Type": "application/json"])
      #expect(reply.status == 413, "\(path): \(reply.status)")
    }
    #expect(try await visitor.send("POST", "/api/v1/playlists/import", body: big).status == 413)
    let ids = (0..<100_000).map { "t\($0)" }
    for (path, name) in [
      ("/recommends", "idlist"), ("/api/v1/recommendations", "tracks"), ("/api/v1/playlists", "tracks"),
    ] {
      let reply = try await visitor.send("POST", path, json: [name: ids, "name": "x"])
      #expect([400, 409, 413].contains(reply.status), "\(path): \(reply.status)")
    }
    let deep = String(repeating: "[", count: 200_000)
    let reply = try await visitor.send(
      "POST", "/recommends", body: Array(deep.utf8), headers: ["Content-Type": "application/json"])
    #expect(reply.status == 400)
    #expect(try await visitor.send("GET", "/health/live").status == 200)
  }

  @Test func `clients who ask too often get 429, which says when to come back`() async throws {
    let server = try await Served(flags: ["--rate-limit", "0.001"])
    let visitor = Visitor(server)
    var statuses: [Int] = []
    var wait: String?
    for _ in 0..<30 {
      let reply = try await visitor.send("GET", "/api/v1/search?q=song")
      statuses.append(reply.status)
      wait = reply.headers.first(name: "Retry-After") ?? wait
    }
    #expect(statuses.contains(200) && statuses.contains(429) && (1...1000).contains(wait.flatMap { Int($0) } ?? 0))
    #expect(try await visitor.send("GET", "/health/ready").status == 200)
    // The page's own files come all the same: it is dead without one of them.
    let scripts = try await visitor.send("GET", "/").text.matches(of: /(?:src|href)="(\/assets\/[^"]+)"/).map(
      \.output.1)
    #expect(scripts.count > 3)
    for path in scripts + ["/help", "/api", "/openapi.json", "/assets/words.js"] {
      #expect(try await visitor.send("GET", "\(path)").status == 200, "\(path)")
    }
    #expect(try await visitor.send("GET", "/nothing").status == 429)
  }

  @Test func `behind a proxy each of its clients is counted apart, by the address that the proxy added`() async throws {
    let visitor = Visitor(try await Served(flags: ["--behind-proxy", "true", "--rate-limit", "0.001"]))
    func status(_ forwarded: String) async throws -> Int {
      try await visitor.send("GET", "/api/v1/model", headers: ["X-Forwarded-For": forwarded]).status
    }
    #expect(try await status("203.0.113.1") == 200)
    #expect(try await status("203.0.113.1") == 429)
    #expect(try await status("198.51.100.7, 203.0.113.1") == 429)  // what a client writes itself does not count
    #expect(try await status("203.0.113.2") == 200)
    #expect(try await status("2001:db8:1:2:3::1") == 200)
    #expect(try await status("2001:db8:1:2:4::9") == 429)  // the same network
    #expect(try await status("2001:db8::1") == 200)
    #expect(try await status("2001:db8:0:0:5::1") == 429)  // the same network, written otherwise
    #expect(try await status("::ffff:203.0.113.3") == 200)
    #expect(try await status("::ffff:203.0.113.4") == 200)  // IPv4 by way of IPv6: no network, an address
  }

  @Test func `a bucket of tokens fills as time goes by, each client's own`() {
    let limit = RateLimit(rate: 2, burst: 3)
    let start = ContinuousClock.now
    for _ in 0..<3 { #expect(limit.wait(for: "a", at: start) == nil) }
    #expect(limit.wait(for: "a", at: start) == 0.5)
    #expect(limit.wait(for: "b", at: start) == nil)
    #expect(limit.wait(for: "a", at: start + .milliseconds(500)) == nil)
    #expect(limit.wait(for: "a", at: start + .milliseconds(500)) != nil)
    for _ in 0..<3 { #expect(limit.wait(for: "a", at: start + .seconds(100)) == nil) }
    #expect(limit.wait(for: "a", at: start + .seconds(100)) != nil)
  }

  @Test func `broken HTTP ends the connection and nothing else`() async throws {
    let server = try await Served.shared
    let port = server.address.split(separator: ":").last!
    for text in [
      "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 100_000))\r\n\r\n", "nonsense\r\n\r\n",
      "POST /recommends HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "\u{0}\u{1}\u{2}",
    ] {
      let script =
        "import socket,sys\ns=socket.create_connection(('127.0.0.1',\(port)),5)\ns.settimeout(5)\n"
        + "s.sendall(sys.stdin.buffer.read())\n"
        + "try:\n  print(s.recv(100).decode('latin1').split('\\r\\n')[0])\nexcept OSError: print('closed')\n"
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["python3", "-c", script]
      let (input, output) = (Pipe(), Pipe())
      (process.standardInput, process.standardOutput) = (input, output)
      try process.run()
      try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
      try input.fileHandleForWriting.close()
      process.waitUntilExit()
      let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(!answer.contains("200"), "\(text.prefix(30)): \(answer)")
    }
    #expect(try await Visitor(server).send("GET", "/health/live").status == 200)
  }
}
