internal import Music

/// A song as one source tells of it; empty where it says nothing. Bytes valid during a call.
struct SongFields {
  var id = Bytes(start: nil, count: 0)
  var title = Bytes(start: nil, count: 0)
  var artist = Bytes(start: nil, count: 0)
  var album = Bytes(start: nil, count: 0)
  var artistID = Bytes(start: nil, count: 0)
  var year = Bytes(start: nil, count: 0)
  var popularity = Bytes(start: nil, count: 0)
  var genre = Bytes(start: nil, count: 0)
  var previewURL = Bytes(start: nil, count: 0)

  subscript(field: SongField) -> Bytes {
    get {
      switch field {
      case .id: id
      case .title: title
      case .artist: artist
      case .album: album
      case .artistID: artistID
      case .year: year
      case .popularity: popularity
      case .genre: genre
      case .previewURL: previewURL
      }
    }
    set {
      switch field {
      case .id: id = newValue
      case .title: title = newValue
      case .artist: artist = newValue
      case .album: album = newValue
      case .artistID: artistID = newValue
      case .year: year = newValue
      case .popularity: popularity = newValue
      case .genre: genre = newValue
      case .previewURL: previewURL = newValue
      }
    }
  }
}

/// What is told of a song, under its names in `tracks.csv`.
enum SongField: String, CaseIterable {
  case id = "track_id"
  case title = "track_name"
  case artist = "artist_name"
  case album = "album_name"
  case artistID = "artist_id"
  case year = "release_year"
  case popularity, genre
  case previewURL = "preview_url"

  /// What a record holds, in this order, behind the artist's number.
  static let ofRecord: [SongField] = [.title, .album, .year, .popularity, .genre, .previewURL]
}

/// The songs met during an import, each once, numbered in the order of their first appearance: less than 200 bytes each,
/// of which their features take 54.
///
/// A song is known by its id. One that came without is known by title and artist until something with an id turns out to be
/// the same (`SongMatching`).
struct SongRegistry {
  /// Before the key of a song without an id, which no id begins with.
  private static let titleMark: UInt8 = 1
  private static let artistMark: UInt8 = 0x1F

  private var keys = ByteTable()
  /// Names and ids of artists, parted by `artistMark`.
  private var artists = ByteTable()
  private var texts = ByteArena()
  /// Where each song's record lies in `texts`. (songs)
  private var records: [UInt64] = []
  /// Fields that any song has.
  private(set) var presentFields: Set<SongField> = []
  private(set) var hasSongsWithoutID = false
  private var buffer: [UInt8] = []
  private(set) var features: SongFeatures?
  /// Names of the sources of features.
  private(set) var sources: [String] = []

  var count: Int { records.count }

  /// The number of a song, with the names of its first appearance.
  mutating func add(_ song: SongFields) -> Int {
    let key: (number: Int, isNew: Bool)
    if song.id.isEmpty {
      hasSongsWithoutID = true
      var text: [UInt8] = [Self.titleMark]
      text += song.title
      text.append(Self.titleMark)
      text += song.artist
      key = text.withUnsafeBytes { keys.number(of: $0) }
    } else {
      key = keys.number(of: song.id)
    }
    if key.isNew { records.append(writeRecord(song)) }
    return key.number
  }

  /// Has memory fetched that adding songs of these ids will need.
  func prefetch(ids: [Bytes]) { keys.prefetch(ids) }
  /// Has memory fetched that reading these songs' ids will need.
  func prefetch(songs: some Sequence<Int>) { keys.prefetch(numbers: songs) }

  func number(ofID id: Bytes) -> Int? { keys.number(ifPresent: id) }

  /// Empty for a song without one.
  func id(_ number: Int) -> Bytes {
    let key = keys[number]
    return key.first == Self.titleMark ? Bytes(start: nil, count: 0) : key
  }

  /// What is known of a song. Valid while the registry lives and is not written to.
  func fields(_ number: Int) -> SongFields {
    var fields = SongFields(id: id(number))
    let record = texts[records[number]]
    let artist = artists[Int(record.loadUnaligned(as: UInt32.self))]
    let mark = artist.firstIndex(of: Self.artistMark)!
    (fields.artist, fields.artistID) = (Bytes(rebasing: artist[..<mark]), Bytes(rebasing: artist[(mark + 1)...]))
    var position = 4
    for field in SongField.ofRecord where position < record.count {
      fields[field] = ByteArena.string(at: record.baseAddress! + position)
      position = fields[field].baseAddress! + fields[field].count - record.baseAddress!
    }
    return fields
  }

  /// Fills in fields that are still empty.
  mutating func complete(_ number: Int, with more: SongFields) {
    let known = fields(number)
    var merged = known
    var gains = false
    for field in SongField.allCases.dropFirst() where known[field].isEmpty && !more[field].isEmpty {
      merged[field] = more[field]
      gains = true
    }
    if gains { records[number] = writeRecord(merged) }
  }

  private mutating func writeRecord(_ song: SongFields) -> UInt64 {
    for field in SongField.allCases where !song[field].isEmpty { presentFields.insert(field) }
    buffer.removeAll(keepingCapacity: true)
    buffer.append(contentsOf: song.artist)
    buffer.append(Self.artistMark)
    buffer.append(contentsOf: song.artistID)
    let artist = UInt32(buffer.withUnsafeBytes { artists.number(of: $0).number })
    buffer.removeAll(keepingCapacity: true)
    withUnsafeBytes(of: artist) { buffer.append(contentsOf: $0) }
    let last = SongField.ofRecord.lastIndex { !song[$0].isEmpty } ?? -1
    for field in SongField.ofRecord[...last] { ByteArena.append(song[field], to: &buffer) }
    return buffer.withUnsafeBytes { texts.append($0) }
  }

  /// Makes room for features, once all songs are known.
  mutating func openFeatures() { features = SongFeatures(songCount: count) }

  mutating func numberOfSource(_ name: String) -> Int {
    if let number = sources.lastIndex(of: name) { return number }
    sources.append(name)
    return sources.count - 1
  }

  mutating func removeFeatures(_ number: Int) { features!.remove(number) }

  /// Notes features where the song has none yet. False when it has other ones of the same source.
  mutating func setFeatures(_ number: Int, _ values: [Float], source: Int) -> Bool {
    features!.set(number, values, source: source)
  }
}

/// The audio features of numbered songs, and which source each song's came from.
struct SongFeatures {
  private(set) var values: [Float]  // (songs, 13), NaN where missing
  /// Number of the source + 1, 0 for a song without features. (songs)
  private var sources: [UInt16]

  init(songCount: Int) {
    values = [Float](repeating: .nan, count: songCount * AudioFeature.count)
    sources = [UInt16](repeating: 0, count: songCount)
  }

  func source(_ song: Int) -> Int? { sources[song] == 0 ? nil : Int(sources[song]) - 1 }

  /// NaN where missing. (13)
  subscript(song: Int) -> ArraySlice<Float> { values[song * AudioFeature.count..<(song + 1) * AudioFeature.count] }

  mutating func remove(_ song: Int) { sources[song] = 0 }

  /// False when the song has other features of the same source.
  mutating func set(_ song: Int, _ row: [Float], source: Int) -> Bool {
    if let earlier = self.source(song) {
      return earlier != source
        || zip(self[song], row).allSatisfy { $0 == $1 || $0.isNaN || $1.isNaN }
    }
    let hasAny = SongVector.regressionFeatures.contains { !row[$0.column].isNaN }
    guard hasAny else { return true }
    values.replaceSubrange(song * AudioFeature.count..<(song + 1) * AudioFeature.count, with: row)
    sources[song] = UInt16(source + 1)
    return true
  }
}
