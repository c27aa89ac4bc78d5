import Music
import Services
import TestSupport
import Testing

@Suite struct SpotifyTests {
  @Test func `a song's thirteen values come by its id, with the token that the credentials gave`() throws {
    let server = ScriptedServer([.token("abc"), .audioFeatures([Song.spotify(2), Song.spotify(1)])])
    let found = try #require(try spotify(server).ask([Song.id(1), Song.id(2)]))
    #expect(
      found.values[Song.id(2)]
        == [0.25, 0.102, 200_002, 0.5, 0, 2, 0.125, -6.25, 1, 0.05, 120.5, 4, 0.75])
    #expect(found.value(.danceability, of: 1) == 0.101)

    let (token, features) = (server.requests[0], server.requests[1])
    #expect(token.method == "POST" && token.target == "/api/token")
    #expect(token.headers["authorization"] == "Basic bXlpZDpteXNlY3JldA==")
    #expect(token.headers["content-type"] == "application/x-www-form-urlencoded")
    #expect(token.body == "grant_type=client_credentials")
    #expect(features.method == "GET" && features.target == "/v1/audio-features?ids=\(Song.id(1)),\(Song.id(2))")
    #expect(features.headers["authorization"] == "Bearer abc")
  }

  @Test func `null in place of a song means none, null or minus one in place of a value that it is missing`() throws {
    let server = ScriptedServer([
      .token(),
      .audioFeatures([
        "null", Song.spotify(2, replacing: "tempo", by: "null"), Song.spotify(3, replacing: "key", by: "-1"),
      ]),
    ])
    let found = try #require(try spotify(server).ask([1, 2, 3].map(Song.id)))
    #expect(found.values[Song.id(1)] == nil)
    #expect(found.value(.tempo, of: 2)?.isNaN == true && found.value(.key, of: 2) == 2)
    #expect(found.value(.key, of: 3)?.isNaN == true && found.value(.tempo, of: 3) == 120.5)
    #expect(found.misfits == 0)
  }

  @Test func `one token serves many requests, and one about to expire is renewed before it is used`() throws {
    let server = ScriptedServer { request, index in
      request.method == "POST"
        ? .token("token\(index)", expiresIn: index == 0 ? 3600 : 0) : .audioFeatures([Song.spotify(1)])
    }
    let provider = spotify(server)
    for _ in 0..<3 { _ = try provider.ask([Song.id(1)]) }
    #expect(server.requests.map(\.method) == ["POST", "GET", "GET", "GET"])

    let brief = ScriptedServer { request, _ in
      request.method == "POST" ? .token(expiresIn: 0) : .audioFeatures([Song.spotify(1)])
    }
    let other = spotify(brief)
    for _ in 0..<2 { _ = try other.ask([Song.id(1)]) }
    #expect(brief.requests.map(\.method) == ["POST", "GET", "POST", "GET"])
  }

  @Test func `a token that is refused is renewed once`() throws {
    let server = ScriptedServer([
      .token("old"), .json(#"{"error":{"status":401,"message":"The access token expired"}}"#, status: 401),
      .token("new"), .audioFeatures([Song.spotify(1)]),
    ])
    #expect(try spotify(server).ask([Song.id(1)])?.values.count == 1)
    #expect(
      server.requests.map { $0.headers["authorization"]?.split(separator: " ").last } == [
        "bXlpZDpteXNlY3JldA==", "old", "bXlpZDpteXNlY3JldA==", "new",
      ])
  }

  @Test func `a second refusal in a row ends the run`() throws {
    let server = ScriptedServer { request, _ in
      request.method == "POST" ? .token() : .json(#"{"error":{"status":401,"message":"Bad token"}}"#, status: 401)
    }
    let error = try #require(serviceError { try spotify(server).ask([Song.id(1)]) })
    #expect(server.requests.count == 4)
    #expect(error.reason == "status 401 (\"Bad token\")")
  }

  @Test func `status 403 is explained, with the ways that are left`() throws {
    let server = ScriptedServer([.token(), .json(#"{"error":{"status":403}}"#, status: 403)])
    let error = try #require(serviceError { try spotify(server).ask([Song.id(1)]) })
    #expect(server.requests.count == 2)
    for part in ["403", "27 November 2024", "--from FILE", "--from reccobeats"] {
      #expect(error.description.contains(part))
    }
  }

  @Test func `wrong credentials are told without showing them`() throws {
    let server = ScriptedServer([
      .json(#"{"error":"invalid_client","error_description":"Invalid client secret"}"#, status: 400)
    ])
    let error = try #require(serviceError { try spotify(server).ask([Song.id(1)]) })
    #expect(error.call == "POST /api/token" && error.reason == "status 400 (\"Invalid client secret\")")
    #expect(error.remedy.contains("SPOTIFY_CLIENT_ID"))
    #expect(!error.description.contains("mysecret") && !error.description.contains("bXlp"))
  }

  @Test func `status 404 means that a song is unknown`() throws {
    let server = ScriptedServer([.token(), .json(#"{"error":{"status":404}}"#, status: 404)])
    #expect(try spotify(server).ask([Song.id(1)]) == nil)
  }

  @Test(arguments: [
    ("tempo", #""fast""#, #"the text "fast""#), ("energy", "true", "true"), ("key", "4.5", "4.5"),
    ("valence", "[0.5]", "a list"), ("mode", "{}", "an object"), ("loudness", "1e300", "1e+300"),
  ])
  func `a value of a wrong type is told with provider, song and field`(
    field: String, value: String, kind: String
  ) throws {
    let server = ScriptedServer([
      .token(), .audioFeatures([Song.spotify(1), Song.spotify(2, replacing: field, by: value)]),
    ])
    let error = try #require(serviceError { try spotify(server).ask([Song.id(1), Song.id(2)]) })
    #expect(error.service == "Spotify")
    #expect(error.reason == "\(field) of song \(Song.id(2)) is \(kind), not a number")
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [
    (#"{"audio_features":{}}"#, "the answer has no list called audio_features"),
    ("[]", "the answer has no list called audio_features"),
    (#"{"audio_features":[{"id":7}]}"#, "song 1 of the answer has no text called id"),
  ])
  func `JSON of another shape is an error, not an answer without songs`(text: String, reason: String) throws {
    let server = ScriptedServer([.token(), .json(text)])
    #expect(serviceError { try spotify(server).ask([Song.id(1)]) }?.reason == reason)
  }

  @Test func `songs that were not asked for and values without a place are passed over and counted`() throws {
    let server = ScriptedServer([
      .token(), .audioFeatures([Song.spotify(9), Song.spotify(1, replacing: "time_signature", by: "7")]),
    ])
    let found = try #require(try spotify(server).ask([Song.id(1)]))
    #expect(found.strangers == 1 && found.misfits == 1)
    #expect(found.values.count == 1 && found.value(.timeSignature, of: 1)?.isNaN == true)
    let far = ScriptedServer([.token(), .audioFeatures([Song.spotify(1, replacing: "key", by: "1e30")])])
    #expect(try spotify(far).ask([Song.id(1)])?.misfits == 1)
  }
}
