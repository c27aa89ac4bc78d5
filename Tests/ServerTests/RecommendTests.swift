import Testing

/// The dissertation's service, and ours.
@Suite struct RecommendTests {
  @Test func `the dissertation's request gets 201 and songs as Spotify gives them`() async throws {
    let server = try await Served()
    let reply = try await Visitor(server).send(
      "POST", "/recommends", json: ["idlist": ["t1", "t5", "nobody", "t9", "t13"]])
    #expect(reply.status == 201)
    #expect(reply.headers.first(name: "Content-Type")?.hasPrefix("application/json") == true)
    #expect(reply.headers["Set-Cookie"].isEmpty)
    let tracks = reply.json["preds"]["tracks"].list
    #expect(tracks.count == 3)
    for track in tracks {
      let id = try #require(track["id"].string)
      #expect(!["t1", "t5", "t9", "t13"].contains(id))
      #expect(track["name"].string?.isEmpty == false && track["artists"][0]["name"].string?.hasPrefix("Artist") == true)
      #expect(track["album"]["name"].string?.hasPrefix("Album") == true)
      #expect(track["preview_url"].isNull && track["external_urls"].isThere)
    }
    let more = try await Visitor(server).send("POST", "/recommends", json: ["idlist": ["t1"], "count": 8])
    #expect(more.json["preds"]["tracks"].list.count == 8)
  }

  @Test(arguments: [
    #"{}"#, #"{"idlist":[]}"#, #"{"idlist":"t1"}"#, #"{"idlist":["nobody"]}"#, #"{"idlist":["t1"],"count":0}"#,
    #"{"idlist":["t1"],"count":501}"#, #"{"idlist":[1]}"#, "[]", "nonsense", "",
  ])
  func `what is no request gets 400 with a reason`(_ body: String) async throws {
    let server = try await Served.shared
    let reply = try await Visitor(server).send(
      "POST", "/recommends", body: Array(body.utf8), headers: ["Content-Type": "application/json"])
    #expect(reply.status == 400)
    #expect(reply.json["error"]["message"].string?.isEmpty == false)
  }

  @Test func `recommendations keep to wishes, name reasons and are the same for the same request`() async throws {
    let server = try await Served.shared
    let visitor = Visitor(server)
    let request: [String: Any] = ["tracks": ["t1", "t5", "t9", "unknown"], "count": 12, "reasons": true]
    let reply = try await visitor.send("POST", "/api/v1/recommendations", json: request)
    #expect(reply.status == 200, "\(reply.text)")
    let songs = reply.json["recommendations"].list
    #expect(songs.count == 12 && reply.json["ignored"].list.map(\.string) == ["unknown"])
    #expect(reply.json["history_id"].isNull && reply.json["shortage"].isNull)
    let scores = songs.compactMap { $0["score"].double }
    #expect(scores.count == 12 && scores == scores.sorted(by: >))
    for song in songs {
      #expect(song["reasons"]["features"]["energy"]["predicted"].double != nil)
      let seeds = song["reasons"]["seeds"].list
      #expect(seeds.allSatisfy { ["t1", "t5", "t9"].contains($0["id"].string) })
    }
    let again = try await visitor.send("POST", "/api/v1/recommendations", json: request)
    #expect(
      again.json["recommendations"].list.map { $0["track"]["id"].string } == songs.map { $0["track"]["id"].string })

    let banned = try #require(songs[0]["track"]["id"].string)
    let artist = try #require(songs[1]["track"]["artist"].string)
    let wished = try await visitor.send(
      "POST", "/api/v1/recommendations",
      json: [
        "tracks": ["t1", "t5", "t9"], "count": 20, "exclude": [banned], "exclude_artists": [artist],
        "max_per_artist": 2,
      ])
    let left = wished.json["recommendations"].list
    #expect(
      !left.isEmpty && !left.contains { $0["track"]["id"].string == banned || $0["track"]["artist"].string == artist })
    let counts = Dictionary(grouping: left) { $0["track"]["artist"].string }.values.map(\.count)
    #expect(counts.max() == 2)
    #expect(wished.json["shortage"].string == "wishes")
  }

  @Test func `steering moves what is recommended`() async throws {
    let visitor = Visitor(try await Served.shared)
    func tempo(_ steering: [String: Any]) async throws -> Double {
      let reply = try await visitor.send(
        "POST", "/api/v1/recommendations",
        json: ["tracks": ["t1", "t5"], "count": 10, "steering": steering, "steering_strength": 20])
      #expect(reply.status == 200, "\(reply.text)")
      let tempos = reply.json["recommendations"].list.compactMap { $0["track"]["features"]["tempo"].double }
      return tempos.reduce(0, +) / Double(tempos.count)
    }
    let (slow, fast) = (try await tempo(["tempo": ["to": 92]]), try await tempo(["tempo": ["to": 147]]))
    #expect(slow + 20 < fast)
  }

  @Test(
    arguments: [
      ["tracks": ["t1"], "playlist": "x"], ["count": 3], ["tracks": ["t1"], "steering": ["loud": ["to": 1]]],
      ["tracks": ["t1"], "steering": ["energy": ["to": 1, "by": 1]]], ["tracks": ["t1"], "max_per_artist": 0],
      ["tracks": ["t1"], "steering_strength": 101, "steering": ["energy": ["to": 1]]],
      ["tracks": ["t1"], "count": "many"],
    ] as [[String: any Sendable]])
  func `what cannot be wished gets 400`(_ request: [String: any Sendable]) async throws {
    let reply = try await Visitor(try await Served.shared).send("POST", "/api/v1/recommendations", json: request)
    #expect(reply.status == 400 || (reply.status == 404 && request["playlist"] != nil), "\(reply.text)")
  }

  @Test func `a hundred requests at once are all answered`() async throws {
    let server = try await Served(flags: ["--queue", "200"])
    let statuses = try await withThrowingTaskGroup(of: (Int, [String]).self) { group in
      for number in 0..<100 {
        group.addTask {
          let reply = try await Visitor(server).send(
            "POST", "/api/v1/recommendations", json: ["tracks": ["t\(number % 5)"], "count": 5])
          return (
            number % 5,
            [String(reply.status)] + reply.json["recommendations"].list.compactMap { $0["track"]["id"].string }
          )
        }
      }
      return try await group.reduce(into: [(Int, [String])]()) { $0.append($1) }
    }
    for number in 0..<5 {
      let answers = Set(statuses.filter { $0.0 == number }.map(\.1))
      #expect(answers.count == 1, "batches change answers: \(answers)")
      #expect(answers.first?.first == "200" && answers.first?.count == 6)
    }
  }

  @Test func `a full queue answers 503 and says when to come back`() async throws {
    let server = try await Served(flags: ["--queue", "1"])
    let replies = try await withThrowingTaskGroup(of: (Int, String?).self) { group in
      for _ in 0..<60 {
        group.addTask {
          let reply = try await Visitor(server).send(
            "POST", "/api/v1/recommendations",
            json: ["tracks": (0..<50).map { "t\($0)" }, "count": 50, "reasons": true])
          return (reply.status, reply.headers.first(name: "Retry-After"))
        }
      }
      return try await group.reduce(into: [(Int, String?)]()) { $0.append($1) }
    }
    #expect(replies.allSatisfy { $0.0 == 200 || $0.0 == 503 && $0.1 == "1" })
    #expect(replies.contains { $0.0 == 200 } && replies.contains { $0.0 == 503 })
    let after = try await Visitor(server).send("POST", "/recommends", json: ["idlist": ["t1"]])
    #expect(after.status == 201)
  }
}
