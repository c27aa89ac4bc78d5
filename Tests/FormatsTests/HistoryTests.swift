import Files
import Formats
import Music
import TestSupport
import Testing

/// What somebody listened to, cut into sessions.
@Suite struct HistoryTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  private func play(_ time: String, _ id: String, milliseconds: Int = 180_000) -> String {
    """
    {"ts": "\(time)", "username": "me", "platform": "android", "ms_played": \(milliseconds), "conn_country": "DE",
     "master_metadata_track_name": "Name \(id)", "master_metadata_album_artist_name": "Artist",
     "master_metadata_album_album_name": "Album", "spotify_track_uri": "spotify:track:\(id)",
     "episode_name": null, "skipped": false}
    """
  }

  @Test func `Spotify's extended history becomes sessions with gaps of 30 minutes at most`() throws {
    let podcast = """
      {"ts": "2024-01-01T10:06:00Z", "username": "me", "ms_played": 90000, "master_metadata_track_name": null,
       "spotify_track_uri": null, "episode_name": "Talk"}
      """
    // The second play ends at 10:06, the next begins at 10:36:00 (end 10:39): 30 minutes sharp. The last begins 30:01 later.
    let plays = [
      play("2024-01-01T10:39:00Z", "c"), play("2024-01-01T10:03:00Z", "a"), play("2024-01-01T10:06:00Z", "b"),
      podcast, play("2024-01-01T10:07:00Z", "x", milliseconds: 29_999), play("2024-01-01T11:12:01Z", "d"),
      play("2024-01-01T11:15:01Z", "e"),
    ]
    let one = try folder.write(
      "[\(plays.prefix(5).joined(separator: ",\n"))]", to: "Streaming_History_Audio_2024_1.json")
    let two = try folder.write("[\(plays.suffix(3).joined(separator: ","))]", to: "Streaming_History_Audio_2024_2.json")
    let imported = try Imported([one, two])
    #expect(imported.pids == ["me 2024-01-01T10:00:00Z", "me 2024-01-01T11:09:01Z"])
    #expect(imported.ids == [["a", "b", "c"], ["d", "e"]])
    #expect(imported.report.shortPlays == 2 && imported.report.otherPlays == 1 && imported.report.rows == 5)
    #expect(imported.dataset.songs.names == ["Name c", "Name a", "Name b", "Name d", "Name e"])
    let again = try Imported([one, two, one])
    #expect(again.ids == imported.ids && again.report.repeatedPlays == 3)
  }

  @Test func `the short history of the account data is matched by title`() throws {
    let list = try folder.write(
      """
      [{"endTime": "2023-05-01 08:03", "artistName": "First", "trackName": "One", "msPlayed": 180000},
       {"endTime": "2023-05-01 08:07", "artistName": "Second", "trackName": "Two", "msPlayed": 200000}]
      """, to: "StreamingHistory0.json")
    let features = try folder.write("id,name,artists,energy\na,ONE,First,0.5\n", to: "f.csv")
    #expect(try Imported([list], features: [features]).ids == [["a", "local:second:two"]])
  }

  @Test func `listens of ListenBrainz are read a line each and as the API answers`() throws {
    func listen(_ time: Int, _ name: String, _ more: String = "{}") -> String {
      """
      {"listened_at": \(time), "user_name": "u", "track_metadata": {"track_name": "\(name)", "artist_name": "X", \
      "release_name": "R", "additional_info": \(more)}}
      """
    }
    let listens = [
      listen(1_700_000_000, "One", "{\"spotify_id\": \"https://open.spotify.com/track/a\", \"duration_ms\": 200000}"),
      listen(1_700_002_000, "Two", "{\"recording_mbid\": \"b\"}"), listen(1_700_003_801, "Three"),
    ]
    let lines = try folder.write(listens.joined(separator: "\n"), to: "listens.jsonl")
    let imported = try Imported([lines])
    // From the first one's end to the second 1,800 seconds, from the second's to the third 1,801: the third stands alone.
    #expect(imported.ids == [["a", "b"]] && imported.report.skippedPlaylists == 1 && imported.report.rows == 3)
    let answer = "{\"payload\": {\"count\": 3, \"listens\": [\(listens.joined(separator: ","))], \"user_id\": \"u\"}}"
    #expect(try Imported([folder.write(answer, to: "answer.json")]).ids == [["a", "b"]])
  }

  @Test func `times that are none are faults, not the end of the program`() throws {
    func listen(_ time: String, _ name: String, _ more: String = "{}") -> String {
      "{\"listened_at\": \(time), \"track_metadata\": {\"track_name\": \"\(name)\", \"artist_name\": \"X\", "
        + "\"additional_info\": \(more)}}"
    }
    let listens = [
      listen("9223372036854775807", "a", "{\"duration_ms\": 200000}"), listen("-5", "b"), listen("253402300800", "c"),
      listen("1700000000000", "d"), listen("253402300799", "e", "{\"duration_ms\": 9223372036854775807}"),
      listen("0", "f"), listen("60", "g"),
    ]
    let imported = try Imported([folder.write(listens.joined(separator: "\n"), to: "listens.jsonl")])
    #expect(imported.ids == [["local:x:f", "local:x:g"]] && imported.report.skippedPlaylists == 1)
    #expect(imported.report.faults == ["objects that cannot be read": 4])
    let told = imported.faults.first ?? ""
    #expect(told.contains("listens.jsonl:1: listened_at is 9223372036854775807, which is no time"), "\(told)")

    let plays = [
      play("2024-01-01T10:00:9223372036854775807Z", "x"), play("1969-12-31T23:59:59Z", "y"),
      play("1970-01-01T00:00:10Z", "a", milliseconds: .max), play("1970-01-01T00:03:00Z", "b"),
    ]
    let history = try Imported([folder.write("[\(plays.joined(separator: ","))]", to: "history.json")])
    #expect(history.ids == [["a", "b"]] && history.report.faults == ["objects that cannot be read": 2])
  }

  @Test func `a local file in a history is no song of a catalogue`() throws {
    let local = play("2024-01-01T10:03:00Z", "x").replacing("track:x", with: "local:Band+A:Album:Song+One:240")
    let plays = [local, play("2024-01-01T10:06:00Z", "a"), play("2024-01-01T10:09:00Z", "240")]
    let list = try folder.write("[\(plays.joined(separator: ","))]", to: "history.json")
    let imported = try Imported([list])
    #expect(imported.ids == [["a", "240"]] && imported.report.localRows == 1 && imported.report.rows == 3)
    #expect(#expect(throws: InputError.self) { try Imported([list], isStrict: true) }?.reason.contains("local") == true)
    let features = try folder.write("Track URI,energy\nspotify:local:Band:Album:Song:240,0.5\n", to: "f.csv")
    #expect(try Imported([list], features: [features]).report.songsWithFeatures == 0)
  }
}
