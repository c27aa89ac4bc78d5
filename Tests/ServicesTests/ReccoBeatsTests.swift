import Music
import Services
import TestSupport
import Testing

@Suite struct ReccoBeatsTests {
  @Test func `the Spotify id is the end of href, and length and time signature are missing`() throws {
    let server = ScriptedServer.reccoBeats(unknown: [2])
    let found = try #require(try reccoBeats(server).ask([1, 2, 3].map(Song.id)))
    #expect(found.values.keys.sorted() == [Song.id(1), Song.id(3)])
    #expect(found.value(.danceability, of: 3) == 0.103 && found.value(.key, of: 3) == 3)
    #expect(found.value(.durationMilliseconds, of: 3)?.isNaN == true)
    #expect(found.value(.timeSignature, of: 3)?.isNaN == true)
    #expect(
      server.requests.map(\.target) == ["/v1/audio-features?ids=\([1, 2, 3].map(Song.id).joined(separator: ","))"])
    #expect(server.requests[0].headers["authorization"] == nil)
  }

  @Test func `nulls in the answer mean none`() throws {
    let server = ScriptedServer([.content(["null", Song.reccoBeats(1, replacing: "mode", by: "null")])])
    let found = try #require(try reccoBeats(server).ask([Song.id(1)]))
    #expect(found.value(.mode, of: 1)?.isNaN == true && found.value(.energy, of: 1) == 0.5)
  }

  @Test(arguments: [
    ("{}", "the answer has no list called content"), (#"{"content":null}"#, "the answer has no list called content"),
    (#"{"content":[{"id":"x"}]}"#, "song 1 of the answer has no text called href"),
    (#"{"content":[7]}"#, "song 1 of the answer has no text called href"),
  ])
  func `JSON of another shape is an error`(text: String, reason: String) throws {
    let server = ScriptedServer([.json(text)])
    #expect(serviceError { try reccoBeats(server).ask([Song.id(1)]) }?.reason == reason)
  }

  @Test func `a number as text is told with provider, song and field`() throws {
    let server = ScriptedServer([.content([Song.reccoBeats(1, replacing: "energy", by: #""0.5""#)])])
    let error = try #require(serviceError { try reccoBeats(server).ask([Song.id(1)]) })
    #expect(
      error.description.hasPrefix(
        "ReccoBeats: GET /v1/audio-features: energy of song \(Song.id(1)) is the text \"0.5\", not a number."))
  }

  @Test func `status 404 means that a song is unknown`() throws {
    let server = ScriptedServer([.json("{}", status: 404)])
    #expect(try reccoBeats(server).ask([Song.id(1)]) == nil)
  }
}
