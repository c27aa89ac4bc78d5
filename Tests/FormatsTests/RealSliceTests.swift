import Formats
import Music
import TestSupport
import Testing

/// Figures counted independently, with Python's csv and json modules.
@Suite(.enabled(if: SharedFolder.hasPlaylists, "the folder of real playlists is absent: set SEGUE_SHARED"))
struct RealSliceTests {
  private let data = SharedFolder.path + "/data"

  @Test("a real slice is imported with its true coverage: 1345 of 2023 rows, 1246 of 1907 songs")
  func importSlice() throws {
    let folder = try ScratchFolder()
    let source = data + "/mpd/mpd.slice.0-36.json"
    let features = data + "/mpd/tracks.csv.gz"
    let report = try PlaylistImport(sources: [source], featureFiles: [features]).run(to: folder.path + "/all")
    #expect(report.playlists == 37 && report.rows == 2023 && report.writtenRows == 2023)
    #expect(report.rowsWithFeatures == 1345 && report.songs == 1907 && report.songsWithFeatures == 1246)
    let dataset = try Dataset.load(folder: folder.path + "/all")
    #expect(dataset.playlists.count == 37 && dataset.rowCount == 2023 && dataset.songs.count == 1907)

    let dropped = try PlaylistImport(sources: [source], featureFiles: [features], dropsMissing: true)
      .run(to: folder.path + "/dropped")
    #expect(dropped.playlists == 37 && dropped.writtenRows == 1345 && dropped.writtenSongs == 1246)
  }
}
