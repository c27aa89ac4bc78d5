import Files
import Formats
import Music
import TestSupport
import Testing

/// Answers of services that somebody kept.
@Suite struct FeatureAnswerTests {
  private let folder: ScratchFolder
  private let table: String
  init() throws {
    folder = try ScratchFolder()
    table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n1,2,c\n", to: "t.csv")
  }

  @Test func `ReccoBeats' answers are joined by the address, its own ids passed over`() throws {
    let answer = try folder.write(
      """
      {"content": [
        {"id": "b", "href": "https://open.spotify.com/track/a", "acousticness": 0.01, "danceability": 0.5, "energy": 0.6,
         "instrumentalness": 0, "key": 4, "liveness": 0.1, "loudness": -5.5, "mode": 1, "speechiness": 0.03, "tempo": 120,
         "valence": 0.4},
        {"id": "y", "href": "https://open.spotify.com/track/z", "energy": 0.1}
      ]}
      """, to: "recco.json")
    let songs = try Imported([table], features: [answer]).dataset.songs
    #expect(songs.feature(.loudness, of: 0) == -5.5 && songs.feature(.timeSignature, of: 0).isNaN)
    #expect(songs.feature(.energy, of: 1).isNaN && songs.extras["feature_source"] == ["recco.json", "", ""])
  }

  @Test func `Spotify's answers may hold nulls, and wrong types are faults`() throws {
    let answer = try folder.write(
      """
      {"audio_features": [null, {"id": "a", "energy": 0.5, "key": -1, "type": "audio_features"}, null,
       {"id": "b", "energy": "0.25"},
       {"id": "c", "energy": "loud"}]}
      """, to: "spotify.json")
    let imported = try Imported([table, answer])
    let songs = imported.dataset.songs
    #expect(songs.feature(.energy, of: 0) == 0.5 && songs.feature(.key, of: 0).isNaN)
    #expect(songs.feature(.energy, of: 1) == 0.25 && songs.feature(.energy, of: 2).isNaN)
    #expect(imported.report.faults == ["values that cannot be used": 1])
    #expect(imported.faults.contains { $0.hasPrefix("\(answer):3: energy is loud") })
  }
}
