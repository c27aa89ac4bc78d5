internal import Compute
internal import Files
internal import Learning
package import Music

extension ModelFolder {
  /// What became of songs that were to be added to a catalogue.
  package struct Addition: Sendable, Equatable {
    package var added = 0
    /// Songs whose id the catalogue has already.
    package var alreadyThere = 0
    /// Added songs that a ranking model places by an artist it knows.
    package var byKnownArtists = 0
    /// Added songs without audio features and, in a ranking model, without a known artist: nothing places them.
    package var unplaced = 0
    /// Songs of the catalogue afterwards.
    package var total = 0

    package init(added: Int = 0, alreadyThere: Int = 0, byKnownArtists: Int = 0, unplaced: Int = 0, total: Int = 0) {
      (self.added, self.alreadyThere, self.total) = (added, alreadyThere, total)
      (self.byKnownArtists, self.unplaced) = (byKnownArtists, unplaced)
    }
  }

  /// Adds songs to a model's catalogue behind those that it has, without training: they can be given and recommended. The
  /// weights stay as they are. The folder is replaced as a whole, so that an interruption leaves the old model.
  ///
  /// A model that ranks its catalogue places a new song at its artist's embedding + its standardised numbers through the
  /// feature kernel, those that it has none of passed over, as it places songs that training never saw, and gives it the mean bias of its artist's songs, or of the
  /// songs that training never saw where the artist is new.
  /// - Parameter vectors: of the new songs, for a model that was trained with --vectors.
  /// - Throws: `InputError` for a model that does not open; `OutputError`, also when another program writes there.
  package static func add(
    _ songs: SongTable, to path: String, vectors dense: DenseVectors? = nil
  ) throws -> Addition {
    let lock = try FolderLock(folder: path)
    defer { withExtendedLifetime(lock) {} }
    let folder = try ModelFolder(path: path)
    let old = folder.catalogue
    let new = songs.rows { old.row(of: songs.ids[$0]) == nil }
    var addition = Addition(
      added: new.count, alreadyThere: songs.count - new.count, total: old.count + new.count)
    let vectorWidth = folder.description.songNumbers.count(where: DenseVectors.isName)
    guard dense == nil || dense!.width == vectorWidth else {
      throw InputError(
        path: path,
        reason: vectorWidth == 0
          ? "the model was trained without vectors" : "the model was trained with vectors of \(vectorWidth) numbers",
        remedy: "Leave out --vectors, or give those that belong to the model.")
    }
    let placed = try folder.description.model.catalogue.map { _ in try PlacedSongs(new, dense, in: folder) }
    let numbers = SongVectors(songs: new, scaling: old.scaling)
    addition.byKnownArtists = placed?.knownArtists.count { $0 } ?? 0
    addition.unplaced = (0..<new.count).count { row in
      placed.map { !$0.hasNumbers[row] && !$0.knownArtists[row] } ?? !numbers.hasNumbers(row)
    }
    guard new.count > 0 else { return addition }
    let table = old.songTable.appending(new)
    var vectors = old.songVectors
    vectors.values += numbers.values
    vectors.present += numbers.present
    try AtomicFolder.replace(path) { temporary in
      let appearances = folder.appearances.map { $0 + repeatElement(0, count: new.count) }
      try writeCatalogue(
        songs: table, vectors: vectors, scaling: old.scaling, appearances: appearances, to: temporary)
      if let playlists = folder.trainingPlaylists {
        let pids = try MappedFile.text(path: "\(path)/\(trainingPidsName)")
        try TrainingPlaylists((0..<playlists.count).map { Array(playlists[$0]) }, songCount: table.count).write(
          to: "\(temporary)/\(TrainingPlaylists.fileName)",
          fingerprints: .init(catalogue: vectors.fingerprint, pids: pids))
      }
      if let placed {
        try CatalogueVectors.write(
          placed.contents, dimension: placed.dimension, fingerprint: vectors.fingerprint,
          to: "\(temporary)/\(CatalogueVectors.fileName)")
      }
    }
    return addition
  }
}

/// New songs in the space of a model that ranks its catalogue, behind the old ones.
private struct PlacedSongs {
  let dimension: Int
  private(set) var contents: CatalogueVectors.Contents
  /// Whether the model knows each new song's artist.
  private(set) var knownArtists: [Bool] = []
  /// Whether each has any of the numbers that the model was trained with.
  private(set) var hasNumbers: [Bool] = []

  init(_ new: SongTable, _ dense: DenseVectors?, in folder: ModelFolder) throws {
    let vectors = try CatalogueVectors(
      path: "\(folder.path)/\(CatalogueVectors.fileName)", of: folder.catalogue)
    dimension = vectors.dimension
    contents = vectors.contents
    let layout = ParameterLayout(folder.description.model.withoutSongs)
    let kernelEntry = layout.entry("songs/features/kernel")!
    let kernel = layout.values(
      of: kernelEntry,
      in: try Weights.read(path: "\(folder.path)/\(ModelFolder.weightsName)", layout: layout))
    let names = folder.description.songNumbers
    let numbers = SongNumbers(
      names: names, of: new, audio: SongVectors(songs: new, scaling: folder.catalogue.scaling), vectors: dense)
    guard vectors.moments.means.count == kernelEntry.rows, kernelEntry.rows == names.count else {
      throw InputError(
        path: folder.path,
        reason: "\(kernelEntry.rows) rows of the feature kernel, \(names.count) names and "
          + "\(vectors.moments.means.count) means",
        remedy: "Train the model again or copy its whole folder again.")
    }
    var artists = KnownArtists(folder.catalogue, vectors.artists)
    let unseenBias = try folder.unseenBias(vectors)
    var artistNumbers = vectors.artists.numbers
    for row in 0..<new.count {
      let (artist, isKnown) = artists.number(of: new, row)
      if Int(artist) * dimension == contents.artistVectors.count {
        contents.artistVectors += repeatElement(0, count: dimension)
      }
      var vector = artist < 0 ? .init(repeating: 0, count: dimension) : contents.artistVector(artist, dimension)
      let own = numbers.values[row * names.count..<(row + 1) * names.count]
      for (feature, value) in vectors.moments.standardized(own).enumerated() where value != 0 {
        for place in 0..<dimension { vector[place] += value * kernel[feature * dimension + place] }
      }
      hasNumbers.append(own.contains { !$0.isNaN })
      contents.vectors += vector
      let ofArtist = isKnown ? vectors.artists.songs(of: artist) : []
      contents.bias.append(
        ofArtist.isEmpty
          ? unseenBias : ofArtist.reduce(0) { $0 + vectors.bias[Int($1)] } / Float(ofArtist.count))
      artistNumbers.append(artist)
      knownArtists.append(isKnown)
    }
    contents.artists = ArtistSongs(artistNumbers, count: contents.artistVectors.count / dimension)
  }
}

extension CatalogueVectors.Contents {
  fileprivate func artistVector(_ artist: Int32, _ dimension: Int) -> [Float] {
    Array(artistVectors[Int(artist) * dimension..<(Int(artist) + 1) * dimension])
  }
}

extension ModelFolder {
  /// The mean bias of the songs that training never saw, or of those it saw least where it saw all.
  fileprivate func unseenBias(_ vectors: CatalogueVectors) throws -> Float {
    let playlists = try requiredTrainingPlaylists()
    var counts = [Int](repeating: 0, count: catalogue.count)
    for playlist in 0..<playlists.count { for song in playlists[playlist] { counts[Int(song)] += 1 } }
    guard let least = counts.min() else { return 0 }
    let rows = counts.indices.filter { counts[$0] == least }
    return rows.reduce(0) { $0 + vectors.bias[$1] } / Float(rows.count)
  }
}

/// Numbers of a catalogue's artists by `artist_id` and by name, to which new artists are added.
private struct KnownArtists {
  private var (byId, byName): ([String: Int32], [String: Int32]) = ([:], [:])
  private let knownCount: Int32
  private var count: Int32

  init(_ catalogue: Catalogue, _ artists: ArtistSongs) {
    knownCount = Int32(artists.artistCount)
    count = knownCount
    for (row, artist) in artists.numbers.enumerated() where artist >= 0 {
      if let id = catalogue.text("artist_id", of: Int32(row)), byId[id] == nil { byId[id] = artist }
      let name = catalogue.artist(Int32(row))
      if byName[name] == nil { byName[name] = artist }
    }
  }

  /// The number of a song's artist, by id and else by name; −1 for a song that has neither.
  mutating func number(of songs: SongTable, _ row: Int) -> (artist: Int32, isKnown: Bool) {
    let (id, name) = (songs.extras["artist_id"]?[row] ?? "", songs.artists[row])
    guard !id.isEmpty || !name.isEmpty else { return (-1, false) }
    let artist = byId[id] ?? byName[name] ?? count
    if artist == count { count += 1 }
    if !id.isEmpty && byId[id] == nil { byId[id] = artist }
    if !name.isEmpty && byName[name] == nil { byName[name] = artist }
    return (artist, artist < knownCount)
  }
}
