import Foundation
import Testing

/// Sessions, accounts, tokens: who sees what.
@Suite struct AccountTests {
  @Test func `an account keeps playlists across devices, and takes what was made without it`() async throws {
    let server = try await Served()
    let laptop = Visitor(server)
    let made = try await laptop.makePlaylist("At home", ["t1"])
    let credentials = ["name": "Ada Löwe", "password": "correct horse"]
    let anonymous = laptop.cookie
    let account = try await laptop.send("POST", "/api/v1/account", json: credentials)
    let noted = Visitor(server)
    noted.cookie = anonymous  // what others may have noted before is worth nothing now
    #expect(try await noted.send("GET", "/api/v1/session").json["user"].isNull)
    #expect(account.status == 201 && account.json["anonymous"].int == 0 && account.json["name"].string == "Ada Löwe")
    #expect(try await laptop.send("POST", "/api/v1/account", json: credentials).status == 409)

    let phone = Visitor(server)
    _ = try await phone.makePlaylist("On the way", ["t2"])
    let planted = try await phone.send("POST", "/api/v1/tokens", json: ["label": "planted"]).json["token"].string
    #expect(try await Visitor(server).send("POST", "/api/v1/account", json: credentials).status == 409)
    let wrong = ["name": "Ada Löwe", "password": "correct hose"]
    #expect(try await phone.send("POST", "/api/v1/session", json: wrong).status == 401)
    let nobody = ["name": "Nobody", "password": "correct horse"]
    #expect(try await phone.send("POST", "/api/v1/session", json: nobody).status == 401)
    let before = phone.cookie
    let login = try await phone.send(
      "POST", "/api/v1/session",
      json: ["name": "ADA LO\u{308}WE", "password": "correct horse"])
    #expect(login.status == 200, "\(login.text)")
    #expect(phone.cookie != before)
    let names = try await phone.send("GET", "/api/v1/playlists").json["playlists"].list.compactMap { $0["name"].string }
    #expect(Set(names) == ["At home", "On the way"])
    #expect(try await laptop.send("GET", "/api/v1/playlists").json["playlists"].list.count == 2)

    let program = Visitor(server)
    program.token = planted
    #expect(try await program.send("GET", "/api/v1/playlists").status == 401)
    let old = phone.cookie
    #expect(try await phone.send("DELETE", "/api/v1/session").status == 204)
    #expect(phone.cookie == nil)
    phone.cookie = old  // a cookie that somebody kept
    #expect(try await phone.send("GET", "/api/v1/session").json["user"].isNull)
    #expect(try await laptop.send("DELETE", "/api/v1/account").status == 204)
    #expect(try await Visitor(server).send("POST", "/api/v1/session", json: credentials).status == 401)
    #expect(try await laptop.send("GET", "/api/v1/playlists/\(made["id"].string!)").status == 404)
    // Neither password nor cookie lies in the store.
    let store = try Data(contentsOf: URL(filePath: server.data.file("users.sqlite")))
    let log = (try? Data(contentsOf: URL(filePath: server.data.file("users.sqlite-wal")))) ?? Data()
    for secret in ["correct horse", old!] {
      #expect(store.range(of: Data(secret.utf8)) == nil && log.range(of: Data(secret.utf8)) == nil)
    }
  }

  @Test func `a token does what its user does until it is revoked`() async throws {
    let server = try await Served.shared
    let (visitor, program) = (Visitor(server), Visitor(server))
    _ = try await visitor.makePlaylist("Mine", ["t1"])
    let made = try await visitor.send("POST", "/api/v1/tokens", json: ["label": "player"])
    #expect(made.status == 201)
    program.token = made.json["token"].string
    try #require(program.token != nil)
    #expect(try await program.send("GET", "/api/v1/playlists").json["playlists"].list.count == 1)
    #expect(try await program.send("POST", "/api/v1/playlists", json: ["name": "By program"]).status == 201)
    #expect(program.cookie == nil)
    #expect(try await program.send("DELETE", "/api/v1/account").status == 403)
    #expect(try await program.send("POST", "/api/v1/tokens", json: ["label": "more"]).status == 403)
    // Nor does it move its user's playlists to an account of somebody else's.
    let credentials = ["name": "Finder", "password": "correct horse"]
    #expect(try await Visitor(server).send("POST", "/api/v1/account", json: credentials).status == 201)
    #expect(try await program.send("POST", "/api/v1/session", json: credentials).status == 403)
    #expect(try await visitor.send("GET", "/api/v1/playlists").json["playlists"].list.count == 2)
    let tokens = try await visitor.send("GET", "/api/v1/tokens")
    #expect(tokens.json["tokens"].list.count == 1 && !tokens.text.contains(program.token!))
    #expect(try await visitor.send("DELETE", "/api/v1/tokens/\(made.json["id"].int!)").status == 204)
    #expect(try await program.send("GET", "/api/v1/playlists").status == 401)
  }

  @Test func `tries to log in are slowed down`() async throws {
    let server = try await Served()
    var statuses: [Int] = []
    while statuses.last != 429 && statuses.count < 30 {
      statuses.append(
        try await Visitor(server).send("POST", "/api/v1/session", json: ["name": "Ada", "password": "guess"]).status)
    }
    #expect(statuses.prefix(10).allSatisfy { $0 == 401 } && statuses.last == 429)
  }

  /// Every address of the contract that names something of a user's, with another user's.
  @Test func `nobody reaches what is another's, by any route`() async throws {
    let server = try await Served()
    let (ada, eve) = (Visitor(server), Visitor(server))
    let playlist = try await ada.makePlaylist("Ada's", ["t1", "t2"])
    let saved = try await ada.send(
      "POST", "/api/v1/recommendations", json: ["tracks": ["t1"], "count": 2, "save": true])
    let token = try await ada.send("POST", "/api/v1/tokens", json: ["label": "Ada's"])
    try await ada.send("PUT", "/api/v1/feedback/t9", json: ["verdict": "never"])
    _ = try await eve.makePlaylist("Eve's", ["t3"])
    let names = [
      "{playlistId}": playlist["id"].string!, "{entry}": "\(playlist["tracks"][0]["entry"].int!)",
      "{historyId}": "\(saved.json["history_id"].int!)", "{tokenId}": "\(token.json["id"].int!)",
    ]
    let bodies: [String: Any] = [
      "PATCH /api/v1/playlists/{playlistId}": ["name": "Eve was here"],
      "POST /api/v1/playlists/{playlistId}/tracks": ["tracks": ["t5"]],
      "PUT /api/v1/playlists/{playlistId}/tracks": ["tracks": ["t5"]],
      "PATCH /api/v1/playlists/{playlistId}/tracks/{entry}": ["position": 0],
    ]
    var tried = 0
    for stranger in [eve, Visitor(server)] {
      for (method, path) in try Contract().operations where names.keys.contains(where: path.contains) {
        let address = names.reduce(path) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
        let query = path.hasSuffix("/export") ? "?format=csv" : ""
        let reply = try await stranger.send(method, address + query, json: bodies["\(method) \(path)"])
        #expect(reply.status == 404, "\(method) \(path): \(reply.status) \(reply.text)")
        tried += 1
      }
      let recommended = try await stranger.send(
        "POST", "/api/v1/recommendations", json: ["playlist": playlist["id"].string!])
      #expect(recommended.status == 404)
      for list in ["playlists", "history", "feedback", "tokens"] {
        let text = try await stranger.send("GET", "/api/v1/\(list)").text
        #expect(!text.contains("Ada") && !text.contains("t9\""), "\(list): \(text)")
      }
    }
    #expect(tried >= 20)
    let after = try await ada.send("GET", "/api/v1/playlists/\(playlist["id"].string!)").json
    #expect(after["name"].string == "Ada's" && after.trackIDs == ["t1", "t2"] && after["version"].int == 1)
    #expect(try await ada.send("GET", "/api/v1/history").json["entries"].list.count == 1)
  }

  @Test func `cookies that were forged open nothing`() async throws {
    let server = try await Served.shared
    let ada = Visitor(server)
    _ = try await ada.makePlaylist("Ada's")
    let genuine = try #require(ada.cookie)
    let altered = (genuine.hasPrefix("A") ? "B" : "A") + genuine.dropFirst()
    for forged in [altered, "1", "' OR 1=1 --", "", String(repeating: "A", count: 5000)] {
      let eve = Visitor(server)
      eve.cookie = forged
      let reply = try await eve.send("GET", "/api/v1/playlists")
      #expect(reply.status == 200 && reply.json["playlists"].list.isEmpty)
    }
  }

  @Test func `a session that has expired is none, and one that is used goes on`() async throws {
    let server = try await Served()
    let visitor = Visitor(server)
    _ = try await visitor.makePlaylist("Mine")
    let renewed = try await visitor.send("GET", "/api/v1/playlists")
    #expect(renewed.headers.first(name: "Set-Cookie")?.contains("\(visitor.cookie!); Path=/; Max-Age=15552000") == true)
    try server.sql("UPDATE session SET expires = 1")
    #expect(try await visitor.send("GET", "/api/v1/session").json["user"].isNull)
    #expect(try await visitor.send("GET", "/api/v1/playlists").json["playlists"].list.isEmpty)
  }

  @Test func `the cookie is out of reach of scripts and other sites`() async throws {
    let reply = try await Visitor(try await Served.shared).send("POST", "/api/v1/playlists", json: ["name": "x"])
    let cookie = try #require(reply.headers.first(name: "Set-Cookie"))
    #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"))
    let server = try await Served(flags: ["--behind-proxy", "true"])
    let secure = try await Visitor(server).send("POST", "/api/v1/playlists", json: ["name": "x"])
    #expect(secure.headers.first(name: "Set-Cookie")?.contains("; Secure") == true)
    #expect(secure.headers.first(name: "Strict-Transport-Security") != nil)
  }
}
