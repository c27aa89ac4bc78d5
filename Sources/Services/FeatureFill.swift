internal import Files
internal import Music

/// Fills in the missing audio features of a dataset folder, from sources in order of preference.
package struct FeatureFill {
  /// Where features come from.
  package enum Source {
    /// A CSV file of features, plain or gzip.
    case file(String)
    case provider(any FeatureProvider)
  }

  package var dataset: String
  package var sources: [Source]
  /// Holds a file for each provider; made when a provider is asked.
  package var cacheFolder: String
  /// Asks again for songs that a provider did not know.
  package var asksAgain: Bool
  package var stopping: Stopping

  package init(
    dataset: String, sources: [Source], cacheFolder: String, asksAgain: Bool = false, stopping: Stopping = Stopping()
  ) {
    self.dataset = dataset
    self.sources = sources
    self.cacheFolder = cacheFolder
    self.asksAgain = asksAgain
    self.stopping = stopping
  }

  /// What a run did and what ended it early.
  package struct Result {
    package var report: FeatureReport
    /// Why a provider could not be asked to the end; what it had answered is in the dataset and the cache.
    package var failure: ServiceError?
  }

  /// Songs of a provider that are answered, of those that the cache did not know.
  package typealias Progress = (_ provider: String, _ answered: Int, _ total: Int) -> Void

  /// Rewrites `tracks.csv`, and the column store beside it, when anything was found, also when the run was stopped or a
  /// service failed.
  /// - Throws: `InputError`, `OutputError`; the dataset is then as it was.
  package func run(progress: Progress = { _, _, _ in }) throws -> Result {
    let path = try Dataset.requiredFile("tracks", in: dataset)
    try Folder.makeWritable(dataset)
    let datasetLock = try FolderLock(folder: dataset)
    let cacheLock = try openCaches()
    defer { withExtendedLifetime((datasetLock, cacheLock)) {} }
    let columns = try Dataset.file("playlists", in: dataset).flatMap {
      try DatasetColumns(ifCurrentIn: dataset, tables: [path, $0])
    }
    var tracks = try TrackFeatures(path: path)

    var result = Result(report: FeatureReport())
    result.report.countBefore(tracks)
    // Files first: they need no network and an error in one of them is to be told at once.
    let files = try sources.map { source -> FeatureFile? in
      guard case .file(let path) = source else { return nil }
      return try FeatureFile(path: path)
    }
    var filled = Set<Int>()
    var invalid = Set<Int>()
    for (source, file) in zip(sources, files) {
      if stopping.shouldStop() {
        result.report.isInterrupted = true
        break
      }
      var part: FeatureReport.SourceReport
      switch source {
      case .file(let path):
        part = FeatureReport.SourceReport(source: path.split(separator: "/").last.map(String.init) ?? path)
        part.repeatedRows = file?.repeatedRows ?? 0
        part.misfits = file?.misfits ?? 0
        fill(&tracks, &part, &filled) { file?[$0] }
      case .provider(let provider):
        part = FeatureReport.SourceReport(source: provider.name)
        let open = tracks.ids.indices.filter { tracks.lacks(anyOf: provider.features, $0) }
        invalid.formUnion(open.filter { !SpotifyID.isValid(tracks.ids[$0]) })
        let ids = open.lazy.filter { !invalid.contains($0) }.map { tracks.ids[$0] }
        let cache = try FeatureCache(provider: provider.name, folder: cacheFolder, asksAgain: asksAgain)
        var fetch = FeatureFetch(provider: provider, cache: cache, stopping: stopping)
        do {
          try fetch.run(Array(ids)) { progress(provider.name, $0, $1) }
        } catch let error as ServiceError {
          result.failure = error
        } catch is CancellationError {
          result.report.isInterrupted = true
        }
        part.take(fetch.outcome, requests: provider.requestCount)
        fill(&tracks, &part, &filled) { id in
          guard case .features(let values) = cache[id] else { return nil }
          return values
        }
      }
      result.report.sources.append(part)
      if result.failure != nil { break }
    }
    try tracks.write()
    if tracks.filledValueCount > 0 { try columns?.write(with: tracks, to: dataset) }
    result.report.filled = filled.count
    result.report.invalidIdentifiers = invalid.count
    result.report.countAfter(tracks)
    return result
  }

  /// Makes the caches' folder and keeps others out of it; nil when there are only files.
  private func openCaches() throws -> FolderLock? {
    let asks = sources.contains { if case .provider = $0 { true } else { false } }
    guard asks else { return nil }
    try Folder.makeWritable(cacheFolder)
    return try FolderLock(folder: cacheFolder)
  }

  private func fill(
    _ tracks: inout TrackFeatures, _ part: inout FeatureReport.SourceReport, _ filled: inout Set<Int>,
    found: (_ id: String) -> ArraySlice<Float>?
  ) {
    for row in 0..<tracks.count where tracks.lacks(anyOf: AudioFeature.allCases, row) {
      guard let values = found(tracks.ids[row]), tracks.fill(row, with: values, from: part.source) else { continue }
      part.filled += 1
      filled.insert(row)
    }
  }
}

extension FeatureReport {
  fileprivate mutating func countBefore(_ tracks: TrackFeatures) {
    songs = tracks.count
    for row in 0..<tracks.count where tracks.hasFeatures(row) {
      hadFeatures += 1
      if tracks.lacks(anyOf: AudioFeature.allCases, row) { hadGaps += 1 }
    }
  }

  fileprivate mutating func countAfter(_ tracks: TrackFeatures) {
    filledValues = tracks.filledValueCount
    isWritten = filledValues > 0
    requests = sources.reduce(0) { $0 + $1.requests }
    for row in 0..<tracks.count {
      if !tracks.hasFeatures(row) {
        stillMissing += 1
      } else if tracks.lacks(anyOf: AudioFeature.allCases, row) {
        stillWithGaps += 1
      }
    }
  }
}

extension FeatureReport.SourceReport {
  fileprivate mutating func take(_ outcome: FeatureFetch.Outcome, requests: Int) {
    (cached, answered) = (outcome.cached, outcome.answered)
    (strangers, misfits) = (outcome.strangers, outcome.misfits)
    self.requests = requests
  }
}
