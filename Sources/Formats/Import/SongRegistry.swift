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
  /// Where a file of it lies, for a song without id and artist.
  var location = Bytes(start: nil, count: 0)

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
/// of which their features take 56.
///
/// A song is known by its id. One that came without is known by title and artist, or by title and location, until something
/// with an id turns out to be the same (`SongMatching`).
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
  /// Whether there are songs for `SongMatching`.
  private(set) var hasSongsToFind = false
  private var buffer: [UInt8] = []
  private(set) var features: SongFeatures?

  var count: Int { records.count }

  /// The number of a song, with the names of its first appearance.
  mutating func add(_ song: SongFields) -> Int {
    let key: (number: Int, isNew: Bool)
    if song.id.isEmpty {
      hasSongsToFind = true
      var text: [UInt8] = [Self.titleMark]
      text += song.title
      text.append(Self.titleMark)
      text += song.artist
      if song.artist.isEmpty, !song.location.isEmpty {
        text.append(Self.titleMark)
        text += song.location
      }
      key = text.withUnsafeBytes { keys.number(of: $0) }
    } else {
      key = keys.number(of: song.id)
      if key.isNew, SongIdentity.isMusicBrainz(song.id) { hasSongsToFind = true }
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

  /// The id that a song gets which has none: of artist and title, or of its location where the artist is not known.
  func madeID(_ number: Int) -> [UInt8] {
    let song = fields(number)
    func slug(_ bytes: Bytes) -> String {
      SongMatching.words(String(decoding: bytes, as: UTF8.self)).replacing(" ", with: "-")
    }
    let key = keys[number]
    let location = Bytes(rebasing: key[(key.lastIndex(of: Self.titleMark)! + 1)...])
    guard song.artist.isEmpty, !location.isEmpty else {
      return Array("local:\(slug(song.artist)):\(slug(song.title))".utf8)
    }
    let words = String(decoding: location, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    return Array("local:\(words.joined(separator: "-"))".utf8)
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

  mutating func featureSource(file: String) -> Int { features!.source(file: file) }
  mutating func featureSource(named name: String, in file: String) -> Int { features!.source(named: name, in: file) }

  /// Gives a song the features that it lacks.
  mutating func fill(_ number: Int, with values: [Float], from source: Int) -> SongFeatures.Outcome {
    features!.fill(number, with: values, from: source)
  }
}
