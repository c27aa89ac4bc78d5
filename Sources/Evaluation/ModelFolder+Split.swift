internal import Files
internal import Learning
package import Music
package import Recommendation

extension ModelFolder {
  /// Which playlists of a dataset the model was trained on, in the order of `train.pids`.
  /// - Throws: `InputError` when the dataset is not the one that the model was trained on.
  package func trainingPlaylists(in dataset: Dataset) throws -> [Int] {
    let pids = try trainingPids()
    let numbers = Dictionary(
      dataset.playlists.enumerated().map { ($0.element.pid, $0.offset) }, uniquingKeysWith: { first, _ in first })
    let trained = pids.compactMap { numbers[$0] }
    guard trained.count == pids.count else {
      throw Self.foreign(
        dataset, "\(pids.count - trained.count) of the \(pids.count) playlists of the training are not in it")
    }
    if let known = trainingPlaylists {
      let rows = dataset.songs.ids.map { catalogue.row(of: $0) ?? -1 }
      let cold = try coldSongs(of: dataset)
      for (place, number) in trained.enumerated() {
        let songs = dataset.playlists[number].without(cold).songs.lazy.map { rows[Int($0)] }
        guard songs.elementsEqual(known[place]) else {
          throw Self.foreign(dataset, "playlist \(pids[place]) has other songs than the training's")
        }
      }
    }
    return trained
  }

  /// The split that the model was trained on, made again and compared with `train.pids`.
  /// - Throws: `InputError` when the dataset is not the one that the model was trained on.
  package func split(of dataset: Dataset) throws -> Split {
    // The split is the model's, not the caller's, so that what is wrong with it is wrong with a file.
    let settings = description.training
    let specification: SplitSpecification
    do { specification = try SplitSpecification(parsing: settings.split) } catch {
      throw InputError(
        path: "\(path)/\(Self.descriptionName)", reason: "damaged: the split \(settings.split)",
        remedy: "Train the model anew.")
    }
    let split: Split
    do { split = try specification.split(dataset.playlists, seed: settings.seed) } catch is UsageError {
      throw Self.foreign(
        dataset, "the model's split \(settings.split) does not fit its \(dataset.playlists.count) playlists")
    }
    guard try split.training == trainingPlaylists(in: dataset).sorted() else {
      throw Self.foreign(dataset, "splitting it again gives other training playlists")
    }
    return split
  }

  /// The songs that were kept out of its training; rows of the dataset's table.
  /// - Throws: `InputError` when the dataset is not the one that the model was trained on.
  package func coldSongs(of dataset: Dataset) throws -> Set<Int32> {
    let settings = description.training
    guard let share = settings.coldSongs else { return [] }
    guard dataset.songs.count == settings.songs else {
      throw Self.foreign(dataset, "it has \(dataset.songs.count) songs instead of \(settings.songs)")
    }
    return ColdSongs.draw(share: share, of: dataset.songs.count, seed: settings.seed)
  }

  private static func foreign(_ dataset: Dataset, _ reason: String) -> InputError {
    InputError(
      path: dataset.folder, reason: "not the dataset that the model was trained on: \(reason)",
      remedy: "Give that dataset.")
  }
}
