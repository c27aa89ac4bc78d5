package import Music

/// What a provider said of some songs.
package struct ProvidedFeatures {
  /// 13 values in the order of `AudioFeature.allCases`, NaN where missing, by id; songs without features are absent.
  package var values: [String: [Float]] = [:]
  /// Songs in the answer that were not asked for.
  package var strangers = 0
  /// Values that have no place in a song's vector (a time signature of 7): taken for missing.
  package var misfits = 0
}

/// A service that knows songs' audio features by Spotify's ids.
package protocol FeatureProvider: AnyObject {
  /// The provider's name in `feature_source`, as the name of its cache and after `--from`.
  var name: String { get }
  /// Songs that one request may ask for.
  var batchSize: Int { get }
  /// The features that it knows.
  var features: [AudioFeature] { get }
  /// Requests sent, repeated ones too.
  var requestCount: Int { get }

  /// Asks for the songs of one batch.
  /// - Returns: nil for status 404: one of the songs, if there are several, is unknown.
  /// - Throws: `ServiceError`, `CancellationError`.
  func ask(_ ids: [String]) throws -> ProvidedFeatures?
}

extension ProvidedFeatures {
  /// Notes the features of one song of the answer.
  /// - Parameters:
  ///   - features: those that the provider gives; others are missing.
  ///   - asked: the songs of the request.
  /// - Throws: `ServiceError` naming song and field for a value that is not a number.
  mutating func add(
    _ object: JSONValue, of id: String, features: [AudioFeature], asked: Set<String>, service: String, call: String
  ) throws {
    guard asked.contains(id) else {
      strangers += 1
      return
    }
    guard values[id] == nil else { return }
    var row = [Float](repeating: .nan, count: AudioFeature.count)
    for feature in features {
      guard let field = object[feature.rawValue], field != .null else { continue }
      guard let number = field.number, number.magnitude <= Double(Float.greatestFiniteMagnitude),
        number == number.rounded() || feature.classRemedy == nil
      else {
        throw ServiceError(
          service: service, call: call, reason: "\(feature.rawValue) of song \(id) is \(field.kind), not a number",
          remedy: "The service has changed or is out of order; a file of features would do instead.")
      }
      if let value = feature.value(number) { row[feature.column] = value } else { misfits += 1 }
    }
    if row.contains(where: { !$0.isNaN }) { values[id] = row }
  }
}
