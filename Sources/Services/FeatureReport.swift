/// What filling in a dataset's features found and did.
package struct FeatureReport: Codable, Sendable, Equatable {
  package var songs = 0
  /// Songs that had features before.
  package var hadFeatures = 0
  /// Of those, songs that lacked some of the 13 values.
  package var hadGaps = 0
  /// Songs that took at least one value.
  package var filled = 0
  /// Values that were missing and are there now.
  package var filledValues = 0
  /// Songs that still have no features.
  package var stillMissing = 0
  /// Songs that have features but not all 13 values.
  package var stillWithGaps = 0
  /// Songs not asked for because their id is not one of Spotify's.
  package var invalidIdentifiers = 0
  /// Requests sent, repeated ones and those for tokens too.
  package var requests = 0
  /// Whether `tracks.csv` was written again.
  package var isWritten = false
  /// Whether the run was stopped before it had asked for everything.
  package var isInterrupted = false
  /// In the order of preference.
  package var sources: [SourceReport] = []

  /// What one source contributed.
  package struct SourceReport: Codable, Sendable, Equatable {
    /// As in `feature_source`.
    package var source: String
    /// Songs that took values from it.
    package var filled = 0
    /// Songs that a provider was not asked for because the cache knew its answer.
    package var cached = 0
    /// Songs that a provider was asked for and answered.
    package var answered = 0
    package var requests = 0
    /// Songs in a provider's answers that were not asked for, passed over.
    package var strangers = 0
    /// Values that have no place in a song's vector, passed over.
    package var misfits = 0
    /// Rows of a file whose song it had before, passed over.
    package var repeatedRows = 0

    init(source: String) { self.source = source }
  }
}
