import Music
import Testing

@Suite(.enabled(if: SharedData.isPresent, "the folder of real playlists is absent: set SEGUE_SHARED"))
struct RealPlaylistTests {
  @Test("the playlists of the Million Playlist Dataset load whole")
  func millionPlaylistDataset() throws {
    let dataset = try Dataset.load(folder: SharedData.folder + "/data/mpd")
    #expect(dataset.playlists.count == 3615)
    #expect(dataset.rowCount == 314_420)
    #expect(dataset.songs.count == 31_172)
  }
}
