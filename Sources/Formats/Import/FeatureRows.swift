internal import Files
internal import Music

/// Joins what tables and answers of services say of songs with the songs of the playlists; all others are passed over, so
/// that a dump of any size needs no memory.
struct FeatureRows {
  private let sink: PlaylistSink
  private let file: String
  /// Number of this file among the sources of features.
  private let number: Int

  init(_ file: String, into sink: PlaylistSink) {
    (self.file, self.sink) = (file, sink)
    number = sink.withSongs { $0.numberOfSource(file.split(separator: "/").last.map(String.init) ?? file) }
  }

  func read(_ reader: CSVReader, _ columns: TableColumns) throws {
    var values = [Float](repeating: .nan, count: AudioFeature.count)
    try reader.forEachRow(faults: sink.faults) {
      let song = columns.fields(of: reader)
      let targets = sink.targets(of: song)
      guard !targets.isEmpty else { return }
      for (feature, column) in columns.features { values[feature.column] = try reader.feature(feature, column: column) }
      // A dataset folder says itself where its features are from.
      let source = columns.featureSource.flatMap { reader.bytes($0).isEmpty ? nil : reader.string($0) }
      let number = source.map { name in sink.withSongs { $0.numberOfSource(name) } } ?? self.number
      try join(song, values, number, with: targets, line: reader.line)
    }
  }

  /// An answer of ReccoBeats or of Spotify's Web API: objects with the features by name, and an id or an address.
  func read(_ source: ByteReader, path: [String]) throws {
    let parser = JSONParser()
    try parser.forEachObject(of: source, path: path, what: "objects with danceability, energy and so on", sink.faults) {
      object, line in
      var song = SongFields()
      // ReccoBeats has ids of its own, and Spotify's in the address.
      let identity = object["href"] ?? object["uri"] ?? object["track_id"] ?? object["id"]
      song.id = SongIdentity.id(identity?.bytes ?? song.id)
      song.title = (object["track_name"] ?? object["trackTitle"])?.bytes ?? song.title
      song.artist = object["artist_name"]?.bytes ?? song.artist
      let targets = sink.targets(of: song)
      guard !targets.isEmpty else { return }
      var values = [Float](repeating: .nan, count: AudioFeature.count)
      try object.forEachMember { name, value in
        guard let feature = AudioFeature(rawValue: String(decoding: name, as: UTF8.self)), !value.isNull else { return }
        guard let number = value.number ?? value.text.flatMap(Double.init), number.isFinite,
          let checked = feature.value(number)
        else {
          throw InputError(
            path: file, line: line, reason: "\(feature.rawValue) is \(value.text ?? value.kindName)",
            remedy: feature.classRemedy ?? "Write a number, or null where it is missing.")
        }
        values[feature.column] = checked
      }
      try join(song, values, number, with: targets, line: line)
    }
  }

  private func join(_ song: SongFields, _ values: [Float], _ source: Int, with targets: [Int], line: Int) throws {
    for target in targets {
      let isNew = sink.withSongs { songs in
        songs.complete(target, with: song)
        return songs.setFeatures(target, values, source: source)
      }
      guard !isNew else { continue }
      sink.report.repeatedFeatureRows += 1
      let error = InputError(
        path: file, line: line,
        reason: "the song \(String(decoding: song.id, as: UTF8.self)) stands in the file twice with different features",
        remedy: "The first ones count.")
      try sink.faults.report(error, kind: "songs with different features")
    }
  }
}

extension PlaylistSink {
  /// The songs of the playlists that this one is: the one of its id, and those without an id that it turns out to be.
  fileprivate func targets(of song: SongFields) -> [Int] {
    let known = song.id.isEmpty ? nil : songs.number(ofID: song.id)
    guard !matching.isEmpty else { return known.map { [$0] } ?? [] }
    let found = matching.find(song, song: known)
    withSongs { songs in for number in found { songs.removeFeatures(number) } }
    return (known.map { [$0] } ?? []) + found
  }
}
