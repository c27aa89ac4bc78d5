internal import Files

/// The songs met during an import, each once, with the features that the feature files have.
struct ImportedSongs {
  /// Playlists read so far.
  var pids: Set<Int> = []
  private(set) var countWithFeatures = 0
  private let features: FeatureFiles
  private var rows: [String: Int32] = [:]
  private var ids: [String] = []
  private var names: [String] = []
  private var artists: [String] = []
  private var albums: [String] = []
  private var artistIDs: [String] = []
  private var hasFeatures: [Bool] = []

  init(features: FeatureFiles) { self.features = features }

  var count: Int { ids.count }

  /// Notes a song, with the names of its first appearance. True when it has features.
  mutating func add(_ track: MillionPlaylist.Track, id: String) -> Bool {
    if let row = rows[id] { return hasFeatures[Int(row)] }
    let found = features.features(of: id) != nil
    rows[id] = Int32(ids.count)
    ids.append(id)
    names.append(track.track_name ?? "")
    artists.append(track.artist_name ?? "")
    albums.append(track.album_name ?? "")
    artistIDs.append(track.artist_uri?.split(separator: ":").last.map(String.init) ?? "")
    hasFeatures.append(found)
    if found { countWithFeatures += 1 }
    return found
  }

  /// The catalogue, in the order of first appearance.
  func table(dropsMissing: Bool) -> SongTable {
    let kept = dropsMissing ? ids.indices.filter { hasFeatures[$0] } : Array(ids.indices)
    var values: [Float] = []
    values.reserveCapacity(kept.count * AudioFeature.count)
    var sources: [String] = []
    for row in kept {
      let found = features.features(of: ids[row])
      values += found?.values ?? ArraySlice(repeating: .nan, count: AudioFeature.count)
      sources.append(found?.origin ?? "")
    }
    return SongTable(
      ids: kept.map { ids[$0] }, names: kept.map { names[$0] }, artists: kept.map { artists[$0] }, features: values,
      extras: [
        "album_name": kept.map { albums[$0] }, "artist_id": kept.map { artistIDs[$0] }, "feature_source": sources,
      ])
  }
}

/// A playlist on its way into a dataset folder.
struct ImportedPlaylist {
  var source: MillionPlaylist
  /// Positions and ids of the tracks to be written.
  var tracks: [(position: Int, id: String)] = []
  /// Tracks of the source that have features.
  var rowsWithFeatures = 0

  init(source: MillionPlaylist) { self.source = source }
}

/// Writes `playlists.csv` and `playlist_meta.csv` side by side.
struct ImportedPlaylists {
  private var rowWriter = CSVWriter(header: ["pid", "pos", "track_id"])
  private var metaWriter = CSVWriter(header: [
    "pid", "name", "description", "num_followers", "num_edits", "num_tracks", "num_albums", "num_artists",
    "duration_ms", "modified_at", "collaborative", "coverage", "kept",
  ])

  mutating func write(
    _ playlist: ImportedPlaylist, rows: inout AtomicFile.Sink, meta: inout AtomicFile.Sink
  ) throws {
    let source = playlist.source
    for track in playlist.tracks {
      rowWriter.append(source.pid)
      rowWriter.append(track.position)
      rowWriter.append(track.id)
      try rowWriter.endRow(to: &rows)
    }
    metaWriter.append(source.pid)
    metaWriter.append(source.name ?? "")
    metaWriter.append(source.description ?? "")
    for value in [
      source.num_followers, source.num_edits, source.num_tracks, source.num_albums, source.num_artists,
      source.duration_ms, source.modified_at,
    ] { metaWriter.append(value) }
    metaWriter.append(source.collaborative ?? "")
    metaWriter.append(Float(playlist.rowsWithFeatures) / Float(max(1, source.tracks.count)))
    metaWriter.append(playlist.tracks.count)
    try metaWriter.endRow(to: &meta)
  }

  mutating func flush(rows: inout AtomicFile.Sink, meta: inout AtomicFile.Sink) throws {
    try rowWriter.flush(to: &rows)
    try metaWriter.flush(to: &meta)
  }
}
