package import Compute
internal import Learning
package import Music

/// A playlist to be gone on with.
package struct PlaylistRequest: Sendable {
  /// Rows in order, repeats kept; negative ones are unknown to the catalogue.
  package var songs: [Int32]
  package var context: PlaylistContext
  /// What may be recommended; no part of ranking.
  package var wishes: Wishes
  /// Where the songs' numbers are to be moved.
  package var steering: Steering?

  package init(songs: [Int32], context: PlaylistContext? = nil, wishes: Wishes = Wishes(), steering: Steering? = nil) {
    self.songs = songs
    self.context = context ?? PlaylistContext()
    self.wishes = wishes
    self.steering = steering
  }
}

/// A song that was chosen.
package struct Recommendation: Sendable, Equatable {
  package var row: Int32
  /// Euclidean distance between the vector that the model predicted for this place, steered, and the song's own; nil for
  /// a song without numbers.
  package var distance: Double?
  /// What the model ranked the song by, the larger the better; of the 29-number model, the distance below zero.
  package var score: Double
  /// The vector that the model predicted for this place, steered, (29); empty of a model without decoder.
  package var prediction: [Float]

  package init(row: Int32, distance: Double?, score: Double, prediction: [Float]) {
    self.row = row
    self.distance = distance
    self.score = score
    self.prediction = prediction
  }
}

/// How a decoder's vectors become songs.
package enum DecodeStyle: String, CaseIterable, Sendable {
  /// Encoder over the songs given, first decoder input their mean; what was given or chosen is excluded inside the search.
  case `default`
  /// The dissertation's (figure 7.12): inputs padded with zero rows, mean over all rows, nothing excluded inside the
  /// search, repeats and songs given skipped afterwards, at most 500 tries.
  case original
}

/// A trained model that goes on with playlists, whichever kind it is. Used from one thread at a time.
package protocol SongRecommender: AnyObject {
  var catalogue: Catalogue { get }
  /// Whether the model ranks its catalogue by what it learned of every song. One that does not knows songs by their
  /// numbers only: it passes over those without any, and over titles.
  var ranksCatalogue: Bool { get }

  /// Songs for each of several playlists, as each one wishes, best first.
  /// - Parameters:
  ///   - requests: a model that does not rank its catalogue needs a song with numbers in each.
  ///   - count: songs for each playlist; fewer come back when there are no more.
  ///   - style: `default` for a model that ranks its catalogue.
  /// - Throws: `InputError` when the model computes numbers that are not finite; `ComputeError`.
  func recommend(
    _ requests: [PlaylistRequest], count: Int, decode style: DecodeStyle
  ) throws -> [[Recommendation]]

  /// What each of some songs owes to each of the playlist's songs: occlusion (Zeiler and Fergus 2014, "Visualizing and
  /// understanding convolutional networks"), the song's score for the playlist less that for the playlist without the one.
  /// - Parameter songs: recommended for the request with the style `default`.
  /// - Returns: for each song, the playlist's different songs among the last `Reason.seedLimit`, in order of last places.
  func influences(on songs: [Recommendation], of request: PlaylistRequest) throws -> [[SeedInfluence]]
}

extension ModelFolder {
  /// The model, ready to recommend.
  /// - Throws: `InputError` for files that are missing or do not belong together; `ComputeError`.
  package func makeRecommender(on backend: any Backend) throws -> any SongRecommender {
    description.model.catalogue == nil
      ? try Recommender(self, backend: backend) : try CatalogueRanker(self, backend: backend)
  }
}
