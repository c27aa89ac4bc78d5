internal import Music
internal import Recommendation

/// Recommendations as the API gives them.
struct RecommendationsAnswer: Encodable {
  struct Song: Encodable {
    var track: TrackAnswer
    var score: Double
    @Null var distance: Double?
    var reasons: Reasons?
  }

  struct Reasons: Encodable {
    struct Number: Encodable {
      var predicted: Double
      @Null var actual: Double?
    }

    struct Seed: Encodable {
      var id, name, artist: String
      var influence, share: Double
    }

    var features: [String: Number]
    var seeds: [Seed]
  }

  @Null var historyId: Int64?
  var recommendations: [Song]
  var ignored: [String]
  var withoutFeatures: [String]
  @Null var shortage: String?

  init(_ result: Recommendations, reasons: [Reason]?, _ model: ServedModel, _ recordings: Recordings) {
    let catalogue = model.catalogue
    recommendations = result.songs.indices.map { place in
      let song = result.songs[place]
      return Song(
        track: TrackAnswer(song.row, of: catalogue, recordings), score: song.score, distance: song.distance,
        reasons: reasons.map { Reasons($0[place], catalogue) })
    }
    ignored = result.ignored
    withoutFeatures = result.withoutNumbers.map(catalogue.id)
    shortage = result.shortage?.rawValue
  }
}

extension RecommendationsAnswer.Reasons {
  init(_ reason: Reason, _ catalogue: Catalogue) {
    features = Dictionary(
      uniqueKeysWithValues: reason.numbers.map {
        ($0.feature.rawValue, Number(predicted: $0.predicted, actual: $0.actual))
      })
    seeds = reason.pulls.map {
      Seed(
        id: catalogue.id($0.row), name: catalogue.name($0.row), artist: catalogue.artist($0.row),
        influence: $0.influence, share: $0.share)
    }
  }
}

/// A value whose name is there even when it is null.
@propertyWrapper
struct Null<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}
