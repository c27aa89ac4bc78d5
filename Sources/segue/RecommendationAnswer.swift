import Music
import Recommendation

/// The answer in the form of `segue recommend --json`.
struct RecommendationAnswer: Encodable {
  var recommendations: [Song]
  /// Ids that the catalogue does not know.
  var ignored: [String]
  /// Known songs that the model passed over.
  var withoutFeatures: [String]
  /// Why there are fewer songs than wanted: catalogue, wishes or tries.
  var shortage: String?
  var device: String

  init(_ result: Recommendations, reasons: [Reason]?, catalogue: Catalogue, device: String) {
    self.device = device
    recommendations = result.songs.indices.map { place in
      let song = result.songs[place]
      let texts = catalogue.columns.indices.compactMap { column -> (String, String)? in
        let name = catalogue.columns[column]
        let text = catalogue.text(name, of: song.row)
        return column < Catalogue.requiredColumns.count ? (name, text ?? "") : text.map { (name, $0) }
      }
      return Song(
        texts: texts, distance: song.distance, score: song.score, reasons: reasons.map { Reasons($0[place], catalogue) }
      )
    }
    ignored = result.ignored
    withoutFeatures = result.withoutNumbers.map(catalogue.id)
    shortage = result.shortage?.rawValue
  }

  struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// A song under the names of its columns in `tracks.csv`.
  struct Song: Encodable {
    var texts: [(String, String)]
    var distance: Double?
    var score: Double
    var reasons: Reasons?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      for (name, text) in texts { try container.encode(text, forKey: Key(stringValue: name)) }
      try container.encode(distance, forKey: Key(stringValue: "distance"))
      try container.encode(score, forKey: Key(stringValue: "score"))
      try container.encodeIfPresent(reasons, forKey: Key(stringValue: "reasons"))
    }
  }

  /// Why it was recommended: numbers under Spotify's names, and the songs of the playlist that pulled it.
  struct Reasons: Encodable {
    var numbers: [(name: String, number: Number)]
    var seeds: [Seed]

    struct Number: Encodable {
      var predicted: Double
      var actual: Double?

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(predicted, forKey: Key(stringValue: "predicted"))
        try container.encode(actual, forKey: Key(stringValue: "actual"))
      }
    }

    struct Seed: Encodable {
      var trackId, trackName, artistName: String
      var influence, share: Double
    }

    init(_ reason: Reason, _ catalogue: Catalogue) {
      numbers = reason.numbers.map { ($0.feature.rawValue, Number(predicted: $0.predicted, actual: $0.actual)) }
      seeds = reason.pulls.map {
        Seed(
          trackId: catalogue.id($0.row), trackName: catalogue.name($0.row), artistName: catalogue.artist($0.row),
          influence: $0.influence, share: $0.share)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      var features = container.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: "features"))
      for (name, number) in numbers { try features.encode(number, forKey: Key(stringValue: name)) }
      try container.encode(seeds, forKey: Key(stringValue: "seeds"))
    }
  }
}
