package import Compute
package import Music
package import Recommendation

/// A way to continue playlists that gives every song a score, fitted on training playlists.
package protocol Rival: Sendable {
  associatedtype Settings: Sendable
  /// The name in reports.
  static var name: String { get }
  /// The settings as tuned.
  static var tuned: Settings { get }
  /// What tuning tries, a setting at a time.
  static var axes: [SettingAxis<Settings>] { get }
  /// - Parameter backend: lends its threads; the result does not depend on how many.
  init(_ input: RivalInput, settings: Settings, backend: any Backend)
  /// Songs that score no more than this are not ranked by score.
  var floor: Float { get }
  /// Writes the scores of all songs over the zeros in `scores`, none above `floor` without a known seed. (songs)
  func score(_ item: EvaluationCase, into scores: UnsafeMutableBufferPointer<Float>)
}

extension Rival {
  package init(_ input: RivalInput, backend: any Backend) {
    self.init(input, settings: Self.tuned, backend: backend)
  }

  /// Scores are sums of what speaks for a song: without any it is not ranked by score.
  package var floor: Float { 0 }
}

/// What rivals are fitted on.
package struct RivalInput: Sendable {
  /// Training playlists in rows of the catalogue, in order, repeats kept; negative rows are unknown to it.
  package let playlists: TrainingPlaylists
  package let matrix: PlaylistMatrix
  /// Number of each row's artist. (songs)
  package let artists: [Int32]
  /// The numbers of all songs.
  package let vectors: SongVectors

  package init(playlists: [[Int32]], artists: [Int32], vectors: SongVectors) {
    precondition(artists.count == vectors.count, "RivalInput: \(artists.count) artists, \(vectors.count) vectors")
    self.playlists = TrainingPlaylists(playlists, songCount: artists.count)
    self.artists = artists
    self.vectors = vectors
    matrix = PlaylistMatrix(self.playlists)
  }

  package init(playlists: [[Int32]], catalogue: Catalogue) {
    self.init(playlists: playlists, artists: catalogue.artistNumbers, vectors: catalogue.songVectors)
  }
}

/// One setting of a rival and the values that tuning tries for it.
package struct SettingAxis<Settings> {
  package let changes: [(inout Settings) -> Void]

  package init<Value>(_ setting: WritableKeyPath<Settings, Value>, _ values: [Value]) {
    changes = values.map { value in { $0[keyPath: setting] = value } }
  }
}

extension Catalogue {
  /// Number of each row's artist. A song of none has an artist of its own: it shares one with no other. (rows)
  package var artistNumbers: [Int32] {
    let rows = 0..<Int32(count)
    let ids = columns.contains("artist_id") ? rows.map { text("artist_id", of: $0) ?? "" } : nil
    var (numbers, count) = ArtistNumbers.of(names: rows.lazy.map(artist), ids: ids)
    for row in numbers.indices where numbers[row] < 0 {
      numbers[row] = Int32(count)
      count += 1
    }
    return numbers
  }
}
