import Files
import Formats
import Music
import TestSupport
import Testing

/// Playlists of players: M3U, XSPF, JSPF.
@Suite struct PlayerListTests {
  private let folder: ScratchFolder
  private let features: String

  init() throws {
    folder = try ScratchFolder()
    features = try folder.write(
      """
      track_id,track_name,artist_name,energy,tempo
      a,Song One,First Artist,0.1,100
      b,Söng Two - Live,Second,0.2,110
      c,Song Three,Third & Guest,0.3,120
      """, to: "features.csv")
  }

  @Test func `an M3U list is matched by id, by title and artist, by file name`() throws {
    let list = try folder.write(
      """
      #EXTM3U
      #PLAYLIST:Road Trip
      #EXTINF:200,First Artist - Song One
      ../music/01 whatever.mp3
      spotify:track:c
      # a remark
      music\\Second\\02 - Second - Song Two.flac

      https://open.spotify.com/track/a?si=x
      #EXTINF:-1,Nobody - Nothing
      /home/x/nothing.mp3
      """, to: "list.m3u8")
    let imported = try Imported([list], features: [features])
    #expect(imported.pids == ["Road Trip"] && imported.dataset.playlistNames["Road Trip"] == "Road Trip")
    #expect(imported.ids == [["a", "c", "b", "a", "local:nobody:nothing"]])
    #expect(imported.report.songsFoundByTitle == 1 && imported.report.songsFoundInOtherVersion == 1)
    #expect(try imported.tracksText.contains("\na,Song One,First Artist,"))
  }

  @Test func `a bare list of files in Latin-1 is told as such, two lists of one name stay two`() throws {
    let bytes = Array("C:\\m\\Second - S".utf8) + [0xF6] + Array("ng Two - Live.mp3\r\nThird - Song Three.ogg\r\n".utf8)
    let one = try folder.write(bytes, to: "mix.m3u")
    let imported = try Imported([one, one], features: [features])
    #expect(imported.pids == ["mix", "mix (2)"] && imported.ids[0] == ["b", "c"] && imported.ids[1] == ["b", "c"])
    #expect(imported.report.faults == ["lines that are not UTF-8": 2])
    #expect(imported.faults.first?.hasPrefix("\(one):1: the line is not UTF-8: read as Latin-1") == true)
  }

  private let xspf = """
    <?xml version="1.0" encoding="UTF-8"?>
    <playlist version="1" xmlns="http://xspf.org/ns/0/">
      <title>Evening &amp; Night</title>
      <creator>somebody</creator>
      <trackList>
        <track>
          <location>file:///music/one.flac</location>
          <identifier>spotify:track:a</identifier>
          <title>Song One</title><creator>First Artist</creator><album>A</album><duration>200000</duration>
        </track>
        <track><title>SONG THREE</title><creator>Third</creator></track>
        <track><location>file:///music/Second%20-%20S%C3%B6ng%20Two%20-%20Live.mp3</location></track>
      </trackList>
    </playlist>
    """

  @Test func `an XSPF list is read with entities, identifiers before titles before file names`() throws {
    let imported = try Imported([folder.write(xspf, to: "x")], features: [features])
    #expect(imported.pids == ["Evening & Night"] && imported.ids[0].prefix(2) == ["a", "c"])
    #expect(imported.report.rows == 3 && imported.report.faults.isEmpty)
  }

  @Test func `broken XML and entity bombs are faults with a line, and what came before is kept`() throws {
    let cut = try folder.write(String(xspf.prefix(xspf.count - 60)), to: "cut.xspf")
    let imported = try Imported([cut], features: [features])
    #expect(imported.report.rows == 2 && imported.report.faults == ["files that cannot be read to their end": 1])
    #expect(imported.faults.contains { $0.hasPrefix("\(cut):1") && $0.contains("no well-formed XML") })
    let bomb = try folder.write(
      """
      <?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
      <playlist><trackList><track><title>&b;</title></track></trackList></playlist>
      """, to: "bomb.xspf")
    #expect(#expect(throws: InputError.self) { try Imported([bomb]) }?.reason.contains("entities") == true)
    #expect(throws: InputError.self) { try Imported([cut], isStrict: true) }
  }

  @Test func `JSPF is read as the specification and as ListenBrainz write it`() throws {
    let list = try folder.write(
      """
      {"playlist": {"title": "Weekly", "creator": "listenbrainz",
        "extension": {"https://musicbrainz.org/doc/jspf#playlist": {"public": true}},
        "track": [
          {"identifier": ["https://musicbrainz.org/recording/8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"], "title": "M", "creator": "N"},
          {"identifier": "https://open.spotify.com/track/c", "title": "Song Three", "creator": "Third"},
          {"location": ["file:///x.mp3"], "title": "Song One", "creator": "First Artist feat. Guest", "album": "A"},
          {"creator": "nobody"}
        ]}}
      """, to: "list.json")
    let imported = try Imported([list], features: [features])
    #expect(imported.ids == [["8f3471b5-7e6a-48da-86a9-c1c07a0f47ae", "c", "a"]])
    #expect(imported.report.faults == ["rows that cannot be read": 1])
  }

  @Test func `names of films are files, too`() throws {
    let list = try folder.write(
      "#EXTINF:1,Adele - Hello\nHello.mp4\n#EXTINF:1,Adele - Skyfall\nSkyfall.webm\n", to: "v.m3u")
    #expect(try Imported([list]).ids == [["local:adele:hello", "local:adele:skyfall"]])
  }
}
