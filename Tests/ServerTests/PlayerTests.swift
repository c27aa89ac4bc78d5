import Foundation
import Testing

/// The calls of music players, in the form of the Subsonic API.
@Suite struct PlayerTests {
  @Test func `songs like one come as XML, and as JSON when asked for`() async throws {
    let visitor = Visitor(try await Served.shared)
    let xml = try await visitor.send("GET", "/rest/getSimilarSongs2.view?id=t3&count=4&v=1.16.1&c=test&u=x&p=y")
    #expect(xml.status == 200 && xml.headers.first(name: "Content-Type")?.hasPrefix("text/xml") == true)
    #expect(xml.text.contains("<subsonic-response") && xml.text.contains("status=\"ok\""))
    #expect(xml.text.components(separatedBy: "<song ").count == 5)
    let json = try await visitor.send("GET", "/rest/getSimilarSongs2?id=t3&count=4&f=json")
    let songs = json.json["subsonic-response"]["similarSongs2"]["song"].list
    #expect(songs.count == 4 && songs.allSatisfy { $0["id"].string != "t3" && $0["artist"].string != nil })
    let path = try await visitor.send("GET", "/rest/findSonicPath?startSongId=t3&endSongId=t50&count=2")
    #expect(path.text.contains("title=\"&lt;script&gt;alert(1)&lt;/script&gt;\"") && !path.text.contains("<script"))
  }

  @Test func `sonic similarity falls with the place, and a path leads from song to song`() async throws {
    let visitor = Visitor(try await Served.shared)
    let similar = try await visitor.send("GET", "/rest/getSonicSimilarTracks?id=t3&count=5&f=json")
    let matches = similar.json["subsonic-response"]["sonicMatch"].list
    let values = matches.compactMap { $0["similarity"].double }
    #expect(values.count == 5 && values == values.sorted(by: >) && values.first == 1)
    let path = try await visitor.send("GET", "/rest/findSonicPath?startSongId=t1&endSongId=t50&count=7&f=json")
    let ids = path.json["subsonic-response"]["sonicMatch"].list.compactMap { $0["entry"]["id"].string }
    #expect(ids.count == 7 && ids.first == "t1" && ids.last == "t50" && Set(ids).count == 7)
    let form = try await visitor.send(
      "POST", "/rest/findSonicPath.view", body: Array("startSongId=t1&endSongId=t50&count=7&f=json".utf8),
      headers: ["Content-Type": "application/x-www-form-urlencoded"])
    #expect(form.json["subsonic-response"]["sonicMatch"].list.count == 7)
  }

  @Test func `what goes wrong is told as the API has it`() async throws {
    let visitor = Visitor(try await Served.shared)
    for (query, code) in [
      ("getSimilarSongs2?f=json", 10), ("getSimilarSongs2?id=nobody&f=json", 70),
      ("findSonicPath?startSongId=t1&f=json", 10), ("ping?apiKey=forged&f=json", 44),
      ("findSonicPath?startSongId=t1&endSongId=t7&f=json", 70),
    ] {
      let reply = try await visitor.send("GET", "/rest/\(query)")
      #expect(reply.status == 200)
      #expect(reply.json["subsonic-response"]["status"].string == "failed")
      #expect(reply.json["subsonic-response"]["error"]["code"].int == code, "\(query): \(reply.text)")
    }
    #expect(try await visitor.send("GET", "/rest/ping?f=json").json["subsonic-response"]["status"].string == "ok")
  }
}
