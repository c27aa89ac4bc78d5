import Compute
import Evaluation
import Learning
import Music
import Recommendation

/// The methods that an evaluation knows, by their names in reports.
struct EvaluationMethods {
  /// The trained model.
  static let modelName = CrossValidationReport.modelName
  /// In the order of the report.
  static let names = [modelName] + rivalNames
  static let rivalNames = Rivals.all.map { $0.name } + ["popularity", "content-knn", "random"]

  let catalogue: Catalogue
  let songs: NearestSongs
  /// The playlists that all are fitted on.
  let rivals: RivalInput
  let backend: any Backend

  /// - Parameter training: rows of the catalogue.
  init(catalogue: Catalogue, songs: NearestSongs, training: [Playlist], backend: any Backend) {
    (self.catalogue, self.songs, self.backend) = (catalogue, songs, backend)
    rivals = RivalInput(playlists: training.map(\.songs), catalogue: catalogue)
  }

  /// One of `rivalNames`, fitted.
  func rival(_ name: String) -> any RankingMethod {
    switch name {
    case "popularity": Popularity(rivals.matrix)
    case "content-knn": ContentNeighbours(catalogue: catalogue, songs: songs)
    case "random": RandomRanking(songCount: catalogue.count)
    default: Rivals.fit(Rivals.all.first { $0.name == name }!, on: rivals, backend: backend)
    }
  }

  /// The trained model of a folder, whichever kind it is, under a name of the caller's.
  static func model(
    _ folder: ModelFolder, decode: DecodeStyle = .default, name: String = modelName, backend: any Backend
  ) throws -> any RankingMethod {
    folder.description.model.catalogue == nil
      ? DecodedRanking(try Recommender(folder, backend: backend), style: decode, name: name)
      : CatalogueRanking(try CatalogueRanker(folder, backend: backend), name: name)
  }
}
