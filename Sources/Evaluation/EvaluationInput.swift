internal import Files
internal import Learning
package import Music
package import Recommendation

/// The playlists of a dataset or a holdout file as a model's catalogue sees them: what methods are fitted on and what
/// they are judged by.
package struct EvaluationInput {
  /// Which playlists are continued.
  package enum Part: Sendable, Equatable {
    case train, validation, test
    /// A file of closed playlists.
    case holdout(String)
  }

  /// Exactly the playlists of `train.pids`, without the songs that were kept out of the training. Rows of the catalogue; different negative numbers for songs it does not know.
  package private(set) var training: [Playlist]
  /// Songs that were kept out of the training; rows of the catalogue.
  package let coldSongs: Set<Int32>
  private let wholeTraining: [Playlist]
  /// The playlists to be continued, rows likewise.
  package private(set) var evaluated: [Playlist]
  /// Of each playlist to be continued: how much of it a training playlist gives away (`LeakCheck`).
  package var trainingOverlaps: [Double] { LeakCheck.overlaps(of: evaluated, with: wholeTraining) }
  /// What is known of the playlists to be continued besides their songs, by pid; nothing of a holdout file's.
  package let contexts: [String: PlaylistContext]
  /// Playlists of a holdout file with fewer than two songs.
  package private(set) var skippedCount = 0

  /// - Throws: `InputError` when the dataset is not the one that the model was trained on, or the part is empty.
  package init(model: ModelFolder, dataset: Dataset, part: Part) throws {
    let rows = Self.catalogueRows(of: dataset.songs, in: model.catalogue)
    func translated(_ playlist: Playlist) -> Playlist {
      Playlist(pid: playlist.pid, songs: playlist.songs.map { $0 < 0 ? $0 : rows[Int($0)] })
    }
    let trained = try model.trainingPlaylists(in: dataset)
    wholeTraining = trained.map { translated(dataset.playlists[$0]) }
    let cold = Set(try model.coldSongs(of: dataset).map { rows[Int($0)] })
    coldSongs = cold
    training = wholeTraining.map { $0.without(cold) }

    if case .holdout = part { contexts = [:] } else { contexts = dataset.contexts }
    if case .holdout(let path) = part {
      let file = try PlaylistFile.load(path, songs: dataset.songs)
      skippedCount = file.skippedCount
      // Unknown ids may still be in the catalogue; the others stay apart from songs that only the catalogue lacks.
      let unknown = file.unknownTracks.enumerated().map { number, id in
        model.catalogue.row(of: id) ?? Int32(-1 - dataset.songs.count - number)
      }
      evaluated = file.playlists.map { playlist in
        Playlist(pid: playlist.pid, songs: playlist.songs.map { $0 < 0 ? unknown[Int(-1 - $0)] : rows[Int($0)] })
      }
      return
    }
    let split = try model.split(of: dataset)
    let chosen =
      switch part {
      case .train: split.training
      case .validation: split.validation
      default: split.test
      }
    guard !chosen.isEmpty else {
      throw InputError(
        path: dataset.folder, reason: "the model's split \(model.description.training.split) kept no \(part) playlists",
        remedy: "Evaluate on another part with --on, or on a file with --holdout.")
    }
    evaluated = chosen.map { translated(dataset.playlists[$0]) }
  }

  /// The catalogue's row of each song of a table, −1 − row in the table for songs that it does not know.
  private static func catalogueRows(of songs: SongTable, in catalogue: Catalogue) -> [Int32] {
    songs.ids.enumerated().map { row, id in
      if row < catalogue.count && catalogue.id(Int32(row)) == id { return Int32(row) }
      return catalogue.row(of: id) ?? Int32(-1 - row)
    }
  }
}
