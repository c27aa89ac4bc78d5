import Files
import Formats
import Music
import TestSupport

/// Imports into a folder of its own and keeps what was told.
struct Imported {
  let report: ImportReport
  /// Lines of progress and faults.
  let lines: [String]
  let dataset: Dataset
  private let folder: ScratchFolder

  init(
    _ sources: [String], features: [String] = [], dropsMissing: Bool = false, isStrict: Bool = false
  ) throws {
    folder = try ScratchFolder()
    let lines = Lines()
    report = try PlaylistImport(
      sources: sources, featureFiles: features, dropsMissing: dropsMissing, isStrict: isStrict
    ).run(to: folder.file("data")) { lines.all.append($0) }
    self.lines = lines.all
    dataset = try Dataset.load(folder: folder.file("data"))
  }

  private final class Lines { var all: [String] = [] }

  /// Ids of each playlist's songs.
  var ids: [[String]] { dataset.playlists.map { $0.songs.map { dataset.songs.ids[Int($0)] } } }
  var pids: [String] { dataset.playlists.map(\.pid) }
  var faults: [String] {
    lines.filter { $0.contains(":") && !$0.contains(" playlists, ") && !$0.hasSuffix(" joined") }
  }
  /// `tracks.csv` as it was written.
  var tracksText: String { get throws { try folder.text("data/tracks.csv") } }
  var metaText: String { get throws { try folder.text("data/playlist_meta.csv") } }
  var playlistsText: String { get throws { try folder.text("data/playlists.csv") } }
}
