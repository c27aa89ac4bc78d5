import Foundation
import TestSupport
import Testing

/// Searching, browsing, details and previews.
@Suite struct SongTests {
  @Test func `songs are found as typed so far, with accents and a typo forgiven`() async throws {
    let visitor = Visitor(try await Served.shared)
    func search(_ query: String, _ more: String = "") async throws -> [String] {
      let text = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
      return try await visitor.send("GET", "/api/v1/search?q=\(text)\(more)").json["tracks"].list.compactMap {
        $0["id"].string
      }
    }
    #expect(try await search("deja vu ca") == ["t4"])
    #expect(try await search("DÉJ").first == "t4")
    #expect(try await search("copper 12").first == "t12")
    #expect(try await search("elektric 14").first == "t14")
    #expect(try await search("alert script").first == "t3")
    for nothing in ["", "   ", "qqqqxyz"] { #expect(try await search(nothing).isEmpty) }
    let (page, next) = (try await search("song", "&limit=5"), try await search("song", "&limit=5&offset=5"))
    #expect(page.count == 5 && next.count == 5 && Set(page).isDisjoint(with: next))
    for wrong in ["limit=0", "limit=101", "limit=x", "offset=-1"] {
      #expect(try await visitor.send("GET", "/api/v1/search?q=a&\(wrong)").status == 400)
    }
    #expect(try await visitor.send("GET", "/api/v1/search").status == 400)
    #expect(try await visitor.send("GET", "/api/v1/search?q=\(String(repeating: "a", count: 201))").status == 400)
  }

  @Test func `all songs and artists can be leafed through`() async throws {
    let visitor = Visitor(try await Served.shared)
    var seen: [String] = []
    for offset in stride(from: 0, to: TestModel.songCount, by: 50) {
      let page = try await visitor.send("GET", "/api/v1/tracks?limit=50&offset=\(offset)").json
      #expect(page["total"].int == TestModel.songCount)
      seen += page["tracks"].list.compactMap { $0["id"].string }
    }
    #expect(seen.count == TestModel.songCount && Set(seen).count == TestModel.songCount)
    let artists = try await visitor.send("GET", "/api/v1/artists").json
    let names = artists["artists"].list.compactMap { $0["name"].string }
    #expect(artists["total"].int == 8 && names == names.sorted() && names.count == 8)
    let songs = try await visitor.send("GET", "/api/v1/tracks?artist=Artist%20golden&limit=100").json
    #expect(songs["total"].int == artists["artists"].list.first { $0["name"].string == "Artist golden" }?["tracks"].int)
    #expect(songs["tracks"].list.allSatisfy { $0["artist"].string == "Artist golden" })
    let asBrowsersAsk = try await visitor.send("GET", "/api/v1/tracks?artist=Artist+golden&limit=100").json
    #expect(asBrowsersAsk["total"].int == songs["total"].int)
  }

  @Test func `a song tells what is known of it`() async throws {
    let visitor = Visitor(try await Served.shared)
    let song = try await visitor.send("GET", "/api/v1/tracks/t12").json
    #expect(song["name"].string == "Song copper 12" && song["album"].string == "Album 12" && song["year"].int == 2002)
    #expect(song["duration_ms"].int == 162_000 && song["features"]["tempo"].double == 102)
    #expect(song["preview"].string == "sketch" && !song["spotify_url"].isThere)
    let silent = try await visitor.send("GET", "/api/v1/tracks/t7").json
    #expect(silent["preview"].string == "none" && (silent["features"].any as? [String: Any])?.isEmpty == true)
    #expect(try await visitor.send("GET", "/api/v1/tracks/t7/preview").status == 404)
  }

  @Test func `a song's details are Spotify's where it is configured, and the catalogue's where it fails`() async throws
  {
    let spotify = ScriptedServer { request, _ in
      if request.method == "POST" { return .json(#"{"access_token":"a","token_type":"Bearer","expires_in":3600}"#) }
      guard request.target == "/v1/tracks/\(TestModel.spotifyID(1))" else { return .json("{}", status: 500) }
      return .json(
        """
        {"id": "\(TestModel.spotifyID(1))", "name": "True name", "artists": [{"name": "One"}, {"name": "Two"}],
         "album": {"name": "True album", "release_date": "1971-05-02"}, "duration_ms": 123456}
        """)
    }
    let server = try await Served(
      model: TestModel.ofSpotifyIDs.path,
      environment: [
        "SEGUE_SPOTIFY_CLIENT_ID": "me", "SEGUE_SPOTIFY_CLIENT_SECRET": "hush", "SEGUE_SPOTIFY_URL": spotify.address,
      ])
    let known = try await Visitor(server).send("GET", "/api/v1/tracks/\(TestModel.spotifyID(1))").json
    #expect(known["name"].string == "True name" && known["artist"].string == "One, Two")
    #expect(known["album"].string == "True album" && known["year"].int == 1971)
    #expect(known["duration_ms"].int == 123_456 && known["features"]["tempo"].double == 91)
    let failed = try await Visitor(server).send("GET", "/api/v1/tracks/\(TestModel.spotifyID(12))").json
    #expect(failed["name"].string == "Song copper 12" && failed["year"].int == 2002)
  }

  @Test func `a sketch is a WAV file that sounds, the same each time, in parts as well`() async throws {
    let visitor = Visitor(try await Served.shared)
    let whole = try await visitor.send("GET", "/api/v1/tracks/t12/preview")
    #expect(whole.status == 200 && whole.headers.first(name: "Content-Type") == "audio/wav")
    #expect(String(decoding: whole.bytes.prefix(4), as: UTF8.self) == "RIFF")
    let samples = stride(from: 44, to: whole.bytes.count - 1, by: 2).map {
      Int16(bitPattern: UInt16(whole.bytes[$0]) | UInt16(whole.bytes[$0 + 1]) << 8)
    }
    #expect(samples.count == 220_500)
    #expect((samples.map { abs(Int($0)) }.max() ?? 0) > 5000 && samples.first == 0)
    let part = try await visitor.send("GET", "/api/v1/tracks/t12/preview", headers: ["Range": "bytes=100-199"])
    #expect(part.status == 206 && part.bytes == Array(whole.bytes[100..<200]))
    #expect(part.headers.first(name: "Content-Range") == "bytes 100-199/\(whole.bytes.count)")
    let tail = try await visitor.send("GET", "/api/v1/tracks/t12/preview", headers: ["Range": "bytes=-10"])
    #expect(tail.bytes == Array(whole.bytes.suffix(10)))
    // What is not understood asks for the whole.
    for header in ["bytes=5-abc", "bytes=abc-5", "bytes=a-b", "bytes=1-2-3", "lines=1-2"] {
      let reply = try await visitor.send("GET", "/api/v1/tracks/t12/preview", headers: ["Range": header])
      #expect(reply.status == 200 && reply.bytes == whole.bytes, "\(header): \(reply.status)")
    }
    let outside = try await visitor.send("GET", "/api/v1/tracks/t12/preview", headers: ["Range": "bytes=99999999-"])
    #expect(outside.status == 416)
    #expect(try await visitor.send("GET", "/api/v1/tracks/t13/preview").bytes != whole.bytes)
    for song in 0..<TestModel.songCount where song != 7 {  // every tempo, energy and metre
      #expect(try await visitor.send("GET", "/api/v1/tracks/t\(song)/preview").bytes.count == whole.bytes.count)
    }
  }

  @Test func `one's own recordings are played, and nothing outside their folder`() async throws {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: folder.file("music/deep"), withIntermediateDirectories: true)
    try folder.write(Array("ID3 by id".utf8), to: "music/t1.mp3")
    try folder.write(Array("OggS by title".utf8), to: "music/deep/artist ELECTRIC - deja vu & ca.ogg")
    try folder.write("secret", to: "t2.mp3")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("music/t5.mp3"), withDestinationPath: folder.file("t2.mp3"))
    let visitor = Visitor(try await Served(flags: ["--audio-folder", folder.file("music")]))
    let byID = try await visitor.send("GET", "/api/v1/tracks/t1/preview")
    #expect(byID.text == "ID3 by id" && byID.headers.first(name: "Content-Type") == "audio/mpeg")
    let byTitle = try await visitor.send("GET", "/api/v1/tracks/t4/preview", headers: ["Range": "bytes=5-6"])
    #expect(byTitle.text == "by" && byTitle.headers.first(name: "Content-Type") == "audio/ogg")
    #expect(try await visitor.send("GET", "/api/v1/tracks/t1").json["preview"].string == "file")
    for path in ["..%2Ft2.mp3", "..%2F..%2Fetc%2Fpasswd", "t5", "%2e%2e%2ft2", "t2.mp3", "....//t2"] {
      let reply = try await visitor.send("GET", "/api/v1/tracks/\(path)/preview")
      #expect(!reply.text.contains("secret") && !reply.text.contains("root:"), "\(path)")
    }
    for path in ["/assets/..%2Fopenapi.yaml", "/assets/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"] {
      #expect(try await visitor.send("GET", path).status == 404)
    }
  }
}
