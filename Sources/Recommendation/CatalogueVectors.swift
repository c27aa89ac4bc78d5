internal import Files
package import Music

/// What a model that ranks its catalogue has learned of every song, as it lies in the model folder: mapped when opened,
/// nothing built. Rows are those of the catalogue.
package struct CatalogueVectors: Sendable {
  package static let fileName = "catalogue.vectors"
  static let format = SectionFile.Format(
    magic: "SEGUEVEC", version: 2, sectionCount: 7, name: "a file of song vectors of Segue",
    remedy: "Train the model again or copy its whole folder again.")

  private struct Counts: BitwiseCopyable {
    var songs: UInt64
    var dimension: UInt64
    var artists: UInt64
    var features: UInt64
    /// `Catalogue.fingerprint`
    var fingerprint: UInt64
  }

  /// Numbers of a song's vector, d.
  package let dimension: Int
  package let artists: ArtistSongs
  package let words: TitleWords
  /// How the numbers given of songs were standardised.
  package let moments: FeatureMoments
  private let file: SectionFile
  // Parts of `file`, never written.
  nonisolated(unsafe) let vectors: UnsafeBufferPointer<Float>  // (songs, d)
  nonisolated(unsafe) let bias: UnsafeBufferPointer<Float>  // (songs)
  nonisolated(unsafe) let artistVectors: UnsafeBufferPointer<Float>  // (artists, d)

  /// Maps a file that `write` wrote.
  /// - Throws: `InputError` for a file that is missing, foreign, truncated, damaged, of another version or of another
  ///   catalogue.
  package init(path: String, of catalogue: Catalogue) throws {
    file = try SectionFile(path: path, format: Self.format)
    let counts = try file.section(0, of: Counts.self, count: 1)[0]
    guard counts.fingerprint == catalogue.fingerprint, counts.songs == catalogue.count else {
      throw InputError(
        path: path, reason: "belongs to another model", remedy: "Train the model again or copy its whole folder again.")
    }
    guard counts.dimension > 0, counts.dimension <= 65_536, counts.artists <= UInt64(Int32.max),
      counts.features <= 65_536
    else {
      throw file.damaged("impossible counts")
    }
    dimension = Int(counts.dimension)
    vectors = try file.section(1, of: Float.self, count: catalogue.count * dimension)
    bias = try file.section(2, of: Float.self, count: catalogue.count)
    let numbers = try file.section(3, of: Int32.self, count: catalogue.count)
    let artistCount = Int32(counts.artists)
    guard numbers.allSatisfy({ $0 >= -1 && $0 < artistCount }) else { throw file.damaged("an impossible artist") }
    artists = ArtistSongs(Array(numbers), count: Int(artistCount))
    words = TitleWords(
      words: String(decoding: file.sections[4], as: UTF8.self).split(separator: "\n").map(String.init))
    artistVectors = try file.section(5, of: Float.self, count: Int(artistCount) * dimension)
    let featureCount = Int(counts.features)
    let moments = try file.section(6, of: Float.self, count: 2 * featureCount)
    self.moments = FeatureMoments(
      means: Array(moments.prefix(featureCount)), deviations: Array(moments.suffix(featureCount)))
  }

  /// What a file is written from.
  package struct Contents: Sendable {
    package var vectors: [Float]  // (songs, d)
    package var bias: [Float]  // (songs)
    package var artists: ArtistSongs
    /// What songs of the same artist have in common, the artists' embeddings. (artists, d)
    package var artistVectors: [Float]
    package var words: TitleWords
    package var moments: FeatureMoments

    package init(
      vectors: [Float], bias: [Float], artists: ArtistSongs, artistVectors: [Float], words: TitleWords,
      moments: FeatureMoments
    ) {
      self.vectors = vectors
      self.bias = bias
      self.artists = artists
      self.artistVectors = artistVectors
      self.words = words
      self.moments = moments
    }
  }

  /// - Parameters:
  ///   - dimension: d.
  ///   - fingerprint: `Catalogue.fingerprint`
  /// - Throws: `OutputError`; an old file at `path` survives.
  package static func write(_ contents: Contents, dimension: Int, fingerprint: UInt64, to path: String) throws {
    let (songs, artists) = (contents.bias.count, contents.artists)
    precondition(
      contents.vectors.count == songs * dimension && artists.numbers.count == songs
        && contents.artistVectors.count == artists.artistCount * dimension,
      "CatalogueVectors: \(contents.vectors.count) numbers, \(songs) biases, \(artists.numbers.count) artists")
    let counts = Counts(
      songs: UInt64(songs), dimension: UInt64(dimension), artists: UInt64(artists.artistCount),
      features: UInt64(contents.moments.means.count), fingerprint: fingerprint)
    try SectionFile.write(
      [
        .init([counts]), .init(contents.vectors), .init(contents.bias), .init(artists.numbers),
        .init(Array(contents.words.words.joined(separator: "\n").utf8)), .init(contents.artistVectors),
        .init(contents.moments.means + contents.moments.deviations),
      ], format: format, to: path)
  }

  /// All of it in memory, for writing a larger one.
  var contents: Contents {
    Contents(
      vectors: Array(vectors), bias: Array(bias), artists: artists, artistVectors: Array(artistVectors), words: words,
      moments: moments)
  }

  package var songCount: Int { bias.count }

  package func bias(of row: Int32) -> Float { bias[Int(row)] }

  /// What songs of an artist have in common.
  package func artistVector(_ artist: Int32) -> [Float] {
    Array(artistVectors[Int(artist) * dimension..<(Int(artist) + 1) * dimension])
  }

  /// A song's vector. Valid while this value lives.
  package func vector(_ row: Int32) -> UnsafeBufferPointer<Float> {
    precondition(row >= 0 && row < songCount, "CatalogueVectors: row \(row) of \(songCount)")
    return UnsafeBufferPointer(rebasing: vectors[Int(row) * dimension..<(Int(row) + 1) * dimension])
  }
}
