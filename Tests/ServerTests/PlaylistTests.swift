import Foundation
import Testing

/// Users' playlists, history and feedback.
@Suite struct PlaylistTests {
  @Test func `a playlist is made, changed, reordered and deleted`() async throws {
    let visitor = Visitor(try await Served.shared)
    #expect(try await visitor.send("GET", "/api/v1/playlists").json["playlists"].list.isEmpty)
    #expect(visitor.cookie == nil)
    let made = try await visitor.makePlaylist(" Evening ", ["t1", "t2", "t3", "t2"])
    #expect(visitor.cookie?.count == 43)
    let id = try #require(made["id"].string)
    #expect(made["name"].string == "Evening" && made.trackIDs == ["t1", "t2", "t3", "t2"])
    #expect(made["version"].int == 1 && made["track_count"].int == 4)
    let path = "/api/v1/playlists/\(id)"

    let added = try await visitor.send("POST", "\(path)/tracks", json: ["tracks": ["t8", "t9"], "position": 1])
    #expect(added.json.trackIDs == ["t1", "t8", "t9", "t2", "t3", "t2"])
    let entry = try #require(added.json["tracks"][5]["entry"].int)
    let moved = try await visitor.send("PATCH", "\(path)/tracks/\(entry)", json: ["position": 0])
    #expect(moved.json.trackIDs == ["t2", "t1", "t8", "t9", "t2", "t3"])
    #expect(moved.json["tracks"][0]["entry"].int == entry)
    let removed = try await visitor.send("DELETE", "\(path)/tracks/\(entry)")
    #expect(removed.json.trackIDs == ["t1", "t8", "t9", "t2", "t3"])
    #expect(try await visitor.send("DELETE", "\(path)/tracks/\(entry)").status == 404)

    let version = try #require(removed.json["version"].int)
    let kept = removed.json["tracks"][3]["entry"].int
    let replaced = try await visitor.send(
      "PUT", "\(path)/tracks", json: ["tracks": ["t2", "t30", "t1"], "version": version])
    #expect(replaced.json.trackIDs == ["t2", "t30", "t1"] && replaced.json["tracks"][0]["entry"].int == kept)
    let stale = try await visitor.send("PUT", "\(path)/tracks", json: ["tracks": ["t2"], "version": version])
    #expect(stale.status == 409)
    let renamed = try await visitor.send("PATCH", path, json: ["name": "Night"])
    #expect(renamed.json["name"].string == "Night")
    let read = try await visitor.send("GET", path)
    #expect(read.json.trackIDs == ["t2", "t30", "t1"] && read.json["name"].string == "Night")
    #expect(try await visitor.send("GET", "/api/v1/playlists").json["playlists"].list.count == 1)
    #expect(try await visitor.send("DELETE", path).status == 204)
    #expect(try await visitor.send("GET", path).status == 404)
  }

  @Test(
    arguments: [
      ["name": ""], ["name": "   "], ["name": String(repeating: "x", count: 201)], ["tracks": ["t1"]],
      ["name": "x", "tracks": ["nobody"]], ["name": 3],
    ] as [[String: any Sendable]])
  func `what is no playlist gets 400 and leaves no user behind`(_ body: [String: any Sendable]) async throws {
    let visitor = Visitor(try await Served.shared)
    #expect(try await visitor.send("POST", "/api/v1/playlists", json: body).status == 400)
    #expect(visitor.cookie == nil)
  }

  @Test(arguments: ["m3u8", "jspf", "xspf", "csv"])
  func `a playlist goes out and comes in again as it was`(_ format: String) async throws {
    let visitor = Visitor(try await Served.shared)
    let tracks = ["t1", "t4", "t3", "t60", "t1"]
    let made = try await visitor.makePlaylist("Löwen & \"Co\"", tracks)
    let file = try await visitor.send("GET", "/api/v1/playlists/\(made["id"].string!)/export?format=\(format)")
    #expect(file.status == 200 && file.headers.first(name: "Content-Disposition")?.contains(".\(format)") == true)
    #expect(file.headers.first(name: "Content-Disposition")?.contains("L%C3%B6wen%20%26%20%22Co%22") == true)
    let read = try await visitor.send("POST", "/api/v1/playlists/import?name=Back", body: file.bytes)
    try #require(read.status == 201, "\(read.text)")
    #expect(read.json["unmatched"].int == 0 && read.json["playlists"].list.count == 1)
    #expect(read.json["playlists"][0].trackIDs == tracks)
  }

  @Test func `songs of a file are found by artist and title, and those that are not are counted`() async throws {
    let visitor = Visitor(try await Served.shared)
    let file = """
      #EXTM3U
      #EXTINF:200,Artist Bright - song bright 1
      one.mp3
      #EXTINF:100,ARTIST ELECTRIC - deja vu & "ca"
      two.mp3
      #EXTINF:100,Nobody - Nothing at all
      three.mp3
      """
    let read = try await visitor.send("POST", "/api/v1/playlists/import?name=Found", body: Array(file.utf8))
    #expect(read.json["playlists"][0].trackIDs == ["t1", "t4"], "\(read.text)")
    #expect(read.json["playlists"][0]["name"].string == "Found" && read.json["unmatched"].int == 1)
    for bytes in [[], Array("nonsense".utf8), [0x1F, 0x8B, 8, 0], Array("PK\u{3}\u{4}".utf8), [0xFF, 0xFE, 0, 1]] {
      let reply = try await visitor.send("POST", "/api/v1/playlists/import", body: bytes)
      #expect(reply.status == 400 || reply.status == 415, "\(bytes.prefix(4)): \(reply.status) \(reply.text)")
      #expect(!reply.text.contains("/tmp"), "no path of the server in \(reply.text)")
    }
  }

  @Test func `what was recommended is in the history, by the last first, and comes back as a playlist`() async throws {
    let visitor = Visitor(try await Served.shared)
    var ids: [[String]] = []
    for seed in ["t1", "t2", "t3"] {
      let made = try await visitor.makePlaylist("From \(seed)", [seed, "t50"])
      let reply = try await visitor.send(
        "POST", "/api/v1/recommendations", json: ["playlist": made["id"].string!, "count": 4, "save": true])
      #expect(reply.status == 200 && reply.json["history_id"].int != nil, "\(reply.text)")
      ids.append(reply.json["recommendations"].list.compactMap { $0["track"]["id"].string })
    }
    let page = try await visitor.send("GET", "/api/v1/history?limit=2").json
    #expect(page["entries"].list.map { $0["playlist_name"].string } == ["From t3", "From t2"])
    #expect(page["entries"][0]["recommendations"].list.compactMap { $0["id"].string } == ids[2])
    let next = try #require(page["next"].int)
    let rest = try await visitor.send("GET", "/api/v1/history?limit=2&before=\(next)").json
    #expect(rest["entries"].list.count == 1 && rest["next"].isNull)
    let entry = rest["entries"][0]["id"].int!
    let restored = try await visitor.send("POST", "/api/v1/history/\(entry)/restore")
    #expect(restored.status == 201 && restored.json.trackIDs == ["t1", "t50"] + ids[0])
    #expect(restored.json["name"].string == "From t1 (restored)")

    let lately = try await visitor.send(
      "POST", "/api/v1/recommendations", json: ["tracks": ["t3", "t50"], "count": 4, "exclude_history_days": 1])
    #expect(
      Set(lately.json["recommendations"].list.compactMap { $0["track"]["id"].string }).isDisjoint(with: ids.joined()))
    #expect(try await visitor.send("DELETE", "/api/v1/history/\(entry)").status == 204)
    #expect(try await visitor.send("DELETE", "/api/v1/history/\(entry)").status == 404)
    #expect(try await visitor.send("DELETE", "/api/v1/history").status == 204)
    #expect(try await visitor.send("GET", "/api/v1/history").json["entries"].list.isEmpty)
  }

  @Test func `who has as many verdicts as anybody may can change them, and take some back`() async throws {
    let server = try await Served()
    let visitor = Visitor(server)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/t1", json: ["verdict": "like"]).status == 204)
    try server.sql(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49999)
      INSERT INTO feedback SELECT id, 'x' || i, 'like', 0 FROM user, n
      """)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/t1", json: ["verdict": "never"]).status == 204)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/t2", json: ["verdict": "like"]).status == 409)
    let first = try await visitor.send("GET", "/api/v1/feedback?limit=1").json["feedback"]
    #expect(first[0]["track"]["id"].string == "t1" && first[0]["verdict"].string == "never")
    let last = try await visitor.send("GET", "/api/v1/feedback?limit=1000&offset=49999").json["feedback"].list
    #expect(last.count == 1)
    #expect(try await visitor.send("DELETE", "/api/v1/feedback/t1").status == 204)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/t2", json: ["verdict": "like"]).status == 204)
  }

  @Test func `a song that one never wants again is not recommended until that is taken back`() async throws {
    let visitor = Visitor(try await Served.shared)
    func recommended() async throws -> [String] {
      try await visitor.send("POST", "/api/v1/recommendations", json: ["tracks": ["t1"], "count": 5])
        .json["recommendations"].list.compactMap { $0["track"]["id"].string }
    }
    let first = try await recommended()
    #expect(try await visitor.send("PUT", "/api/v1/feedback/\(first[0])", json: ["verdict": "never"]).status == 204)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/\(first[1])", json: ["verdict": "like"]).status == 204)
    let second = try await recommended()
    #expect(!second.contains(first[0]) && second.contains(first[1]))
    let opinions = try await visitor.send("GET", "/api/v1/feedback").json["feedback"].list
    #expect(opinions.map { $0["track"]["id"].string } == [first[1], first[0]])
    #expect(try await visitor.send("DELETE", "/api/v1/feedback/\(first[0])").status == 204)
    #expect(try await recommended() == first)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/nobody", json: ["verdict": "like"]).status == 404)
    #expect(try await visitor.send("PUT", "/api/v1/feedback/t1", json: ["verdict": "hate"]).status == 400)
  }
}
