import Files
import Formats
import Music
import TestSupport
import Testing

@Suite struct ChallengeSetTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func load(_ playlists: String) throws -> [ChallengePlaylist] {
    let text = #"{"date": "2018-01-16 08:47:28.198015", "version": "v1", "playlists": [\#(playlists)]}"#
    return try ChallengeSet.load(try folder.write(text, to: "challenge_set.json"))
  }

  @Test func `playlists come with their titles and seeds, those without either among them`() throws {
    let playlists = try load(
      #"""
      {"name": "Mix", "num_holdouts": 11, "pid": 1000002, "num_tracks": 12, "tracks": [], "num_samples": 0},
      {"num_holdouts": 8, "pid": 7, "num_tracks": 10, "num_samples": 2, "tracks": [
        {"pos": 0, "artist_name": "A", "track_uri": "spotify:track:x", "artist_uri": "spotify:artist:a",
         "track_name": "X", "album_uri": "spotify:album:b", "duration_ms": 1, "album_name": "B"},
        {"pos": 8, "artist_name": "A", "track_uri": "spotify:track:y", "artist_uri": "spotify:artist:a",
         "track_name": "Y", "album_uri": "spotify:album:b", "duration_ms": 1, "album_name": "B"}]}
      """#)
    #expect(
      playlists == [
        ChallengePlaylist(pid: 1_000_002, title: "Mix", seeds: []), ChallengePlaylist(pid: 7, seeds: ["x", "y"]),
      ])
  }

  @Test func `a playlist twice and a file without any are errors`() throws {
    let playlist = #"{"pid": 7, "tracks": []}"#
    #expect(throws: InputError.self) { try load("\(playlist), \(playlist)") }
    #expect(throws: InputError.self) { try load("") }
  }
}
