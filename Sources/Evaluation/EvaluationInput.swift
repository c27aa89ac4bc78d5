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

  /// Exactly the playlists of `train.pids`. Rows of the catalogue; different negative numbers for songs it does not know.
  package private(set) var training: [Playlist]
  /// The playlists to be continued, rows likewise.
  package private(set) var evaluated: [Playlist]
  /// Of each playlist to be continued: how much of it a training playlist gives away (`LeakCheck`).
  package var trainingOverlaps: [Double] { LeakCheck.overlaps(of: evaluated, with: training) }
  /// Playlists of a holdout file with fewer than two songs.
  package private(set) var skippedCount = 0

  /// - Throws: `InputError` when the dataset is not the one that the model was trained on, or the part is empty.
  package init(model: ModelFolder, dataset: Dataset, part: Part) throws {
    let rows = Self.catalogueRows(of: dataset.songs, in: model.catalogue)
    func translated(_ playlist: Playlist) -> Playlist {
      Playlist(pid: playlist.pid, songs: playlist.songs.map { $0 < 0 ? $0 : rows[Int($0)] })
    }
    let pids = try model.trainingPids()
    let numbers = Dictionary(
      dataset.playlists.enumerated().map { ($0.element.pid, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let trained = pids.compactMap { numbers[$0] }
    guard trained.count == pids.count else {
      throw Self.foreign(
        dataset, "\(pids.count - trained.count) of the \(pids.count) playlists of the training are not in it")
    }
    training = trained.map { translated(dataset.playlists[$0]) }

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
    // The split is the model's, not the caller's, so that what is wrong with it is wrong with a file.
    let settings = model.description.training
    let specification: SplitSpecification
    do { specification = try SplitSpecification(parsing: settings.split) } catch {
      throw InputError(
        path: "\(model.path)/\(ModelFolder.descriptionName)", reason: "damaged: the split \(settings.split)",
        remedy: "Train the model anew.")
    }
    let split: Split
    do { split = try specification.split(dataset.playlists, seed: settings.seed) } catch is UsageError {
      throw Self.foreign(
        dataset, "the model's split \(settings.split) does not fit its \(dataset.playlists.count) playlists")
    }
    guard split.training == trained.sorted() else {
      throw Self.foreign(dataset, "splitting it again gives other training playlists")
    }
    let chosen =
      switch part {
      case .train: split.training
      case .validation: split.validation
      default: split.test
      }
    guard !chosen.isEmpty else {
      throw InputError(
        path: dataset.folder, reason: "the model's split \(settings.split) kept no \(part) playlists",
        remedy: "Evaluate on another part with --on, or on a file with --holdout.")
    }
    evaluated = chosen.map { translated(dataset.playlists[$0]) }
  }

  private static func foreign(_ dataset: Dataset, _ reason: String) -> InputError {
    InputError(
      path: dataset.folder, reason: "not the dataset that the model was trained on: \(reason)",
      remedy: "Give that dataset.")
  }

  /// The catalogue's row of each song of a table, −1 − row in the table for songs that it does not know.
  private static func catalogueRows(of songs: SongTable, in catalogue: Catalogue) -> [Int32] {
    songs.ids.enumerated().map { row, id in
      if row < catalogue.count && catalogue.id(Int32(row)) == id { return Int32(row) }
      return catalogue.row(of: id) ?? Int32(-1 - row)
    }
  }
}
