import Files
import Formats
import Foundation
import FoundationXML
import Music
import TestSupport
import Testing

/// Playlists as they are written, compared with files written by hand.
@Suite struct PlaylistFormatTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Everything known, nothing known but the title, an id of another form, texts that every format must escape.
  private let playlist = ExportedPlaylist(
    title: "Evening & \"more\"\nof it",
    tracks: [
      .init(
        id: "0123456789abcdefghijAB", title: "First, <song>", artist: "Ann & Bob", album: "A \"b\"",
        durationMilliseconds: 187_500),
      .init(title: "No\r\nid\u{2028}here"),
      .init(id: "#7", title: "Bell\u{7}\u{FFFE} 𝄞 ✓", artist: "Čeněk"),
      .init(id: "music/one two.mp3", album: "only"),
    ])

  private func written(_ format: PlaylistFormat, _ playlist: ExportedPlaylist? = nil) throws -> String {
    try format.write(playlist ?? self.playlist, to: folder.file("out"))
    return try folder.text("out")
  }

  @Test func `M3U8 has a line for what is known of a song and one for its place, whatever its title holds`() throws {
    #expect(
      try written(.m3u8) == """
        #EXTM3U
        #PLAYLIST:Evening & "more" of it
        #EXTINF:188,Ann & Bob - First, <song>
        spotify:track:0123456789abcdefghijAB
        #EXTINF:-1,No id here
        No id here
        #EXTINF:-1,Čeněk - Bell\u{7}\u{FFFE} 𝄞 ✓
        ./#7
        #EXTINF:-1,
        music/one two.mp3

        """)
  }

  @Test func `XSPF escapes what XML reserves and leaves out what XML forbids`() throws {
    #expect(
      try written(.xspf) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <playlist version="1" xmlns="http://xspf.org/ns/0/">
          <title>Evening &amp; "more"
        of it</title>
          <trackList>
            <track>
              <location>spotify:track:0123456789abcdefghijAB</location>
              <identifier>https://open.spotify.com/track/0123456789abcdefghijAB</identifier>
              <title>First, &lt;song&gt;</title>
              <creator>Ann &amp; Bob</creator>
              <album>A "b"</album>
              <duration>187500</duration>
            </track>
            <track>
              <title>No&#13;
        id\u{2028}here</title>
            </track>
            <track>
              <location>#7</location>
              <identifier>#7</identifier>
              <title>Bell 𝄞 ✓</title>
              <creator>Čeněk</creator>
            </track>
            <track>
              <location>music/one two.mp3</location>
              <identifier>music/one two.mp3</identifier>
              <album>only</album>
            </track>
          </trackList>
        </playlist>

        """)
  }

  @Test func `XSPF is well-formed for every character there is below U+3000`() throws {
    let all = String(String.UnicodeScalarView((1..<0x3000).compactMap(Unicode.Scalar.init)))
    let parser = XMLParser(
      data: Data(try written(.xspf, ExportedPlaylist(title: all, tracks: [.init(title: all)])).utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
  }

  @Test func `JSPF is the same as JSON`() throws {
    #expect(
      try written(.jspf) == #"""
        {
          "playlist" : {
            "title" : "Evening & \"more\"\nof it",
            "track" : [
              {
                "album" : "A \"b\"",
                "creator" : "Ann & Bob",
                "duration" : 187500,
                "identifier" : [
                  "https://open.spotify.com/track/0123456789abcdefghijAB"
                ],
                "location" : [
                  "spotify:track:0123456789abcdefghijAB"
                ],
                "title" : "First, <song>"
              },
              {
                "title" : "No\r\nid\#u{2028}here"
              },
              {
                "creator" : "Čeněk",
                "identifier" : [
                  "#7"
                ],
                "location" : [
                  "#7"
                ],
                "title" : "Bell\u0007\#u{FFFE} 𝄞 ✓"
              },
              {
                "album" : "only",
                "identifier" : [
                  "music/one two.mp3"
                ],
                "location" : [
                  "music/one two.mp3"
                ]
              }
            ]
          }
        }

        """#)
  }

  @Test func `CSV has Exportify's columns, and reads back as it was written`() throws {
    #expect(
      try written(.csv) == """
        Track URI,Track Name,Album Name,Artist Name(s),Duration (ms)
        spotify:track:0123456789abcdefghijAB,"First, <song>","A ""b""\",Ann & Bob,187500
        ,"No\r\nid\u{2028}here",,,
        #7,Bell\u{7}\u{FFFE} 𝄞 ✓,,Čeněk,
        music/one two.mp3,,only,,

        """)
    let reader = try CSVReader(path: folder.file("out"))
    let (uri, name) = (try reader.column("Track URI"), try reader.column("Track Name"))
    var rows: [[String]] = []
    while try reader.next() { rows.append([reader.string(uri), reader.string(name)]) }
    #expect(rows.map { TrackList.id($0[0]) }.prefix(3) == ["0123456789abcdefghijAB", "", "#7"])
    #expect(rows[1][1] == "No\r\nid\u{2028}here")
  }

  @Test(arguments: PlaylistFormat.allCases)
  func `a playlist without title and songs is a file without songs`(format: PlaylistFormat) throws {
    let text = try written(format, ExportedPlaylist(tracks: []))
    #expect(!text.isEmpty && !text.contains("title") && !text.contains("#PLAYLIST"))
  }

  @Test(arguments: PlaylistFormat.allCases)
  func `what cannot be written leaves the old file`(format: PlaylistFormat) throws {
    #expect(throws: OutputError.self) { try format.write(playlist, to: folder.file("none/out")) }
  }

  @Test func `only 22 digits and letters are an id of Spotify's`() {
    #expect(SpotifyID.uri("0123456789abcdefghijAB") == "spotify:track:0123456789abcdefghijAB")
    for id in ["0123456789abcdefghijA", "0123456789abcdefghijABC", "0123456789abcdefghijA_", "0123456789abcdefghijÄ"] {
      #expect(SpotifyID.uri(id) == nil && SpotifyID.id(ofURI: "spotify:track:\(id)") == nil)
    }
    #expect(SpotifyID.id(ofURI: "spotify:track:0123456789abcdefghijAB") == "0123456789abcdefghijAB")
    #expect(SpotifyID.id(ofURI: "spotify:album:0123456789abcdefghijAB") == nil)
  }
}
