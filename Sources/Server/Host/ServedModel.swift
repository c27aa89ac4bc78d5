internal import Music
internal import Recommendation

/// A model as it is served: what is read from any thread, and the queue before what is not.
struct ServedModel: Sendable {
  let folder: ModelFolder
  let catalogue: Catalogue
  let search: SongSearch
  let queue: RecommendationQueue
  /// As in `SongRecommender`.
  let ranksCatalogue: Bool
  /// Whether it can say how songs should sound and be steered.
  let decodes: Bool

  /// - Parameter makeRecommender: on a backend of the caller's choice.
  /// - Throws: `InputError` for a folder that is no whole model.
  init(
    path: String, queueLimit: Int, metrics: ServerMetrics,
    makeRecommender: (ModelFolder) throws -> any SongRecommender
  ) throws {
    folder = try ModelFolder(path: path)
    catalogue = folder.catalogue
    search = try folder.songSearch()
    let recommender = try makeRecommender(folder)
    ranksCatalogue = recommender.ranksCatalogue
    decodes = (recommender as? CatalogueRanker)?.decodes ?? true
    queue = RecommendationQueue(recommender, limit: queueLimit, metrics: metrics)
  }
}
