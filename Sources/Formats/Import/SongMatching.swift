internal import Music

/// Finds, by title and artist among songs with an id, those that came without one, and those whose id is MusicBrainz's and
/// stands in no file of songs.
///
/// Capital letters, accents, punctuation, "the" before an artist and guests after one do not matter. A song of exactly this
/// title is preferred to another version of it ("- Live", "(Remastered 2011)"), then one of the playlists, then one with
/// numbers, then the first.
struct SongMatching {
  enum Kind: String, Codable, Sendable { case title, otherVersion = "other version" }

  /// What a song turned out to be.
  struct Match {
    var kind: Kind
    var id: [UInt8]
    /// Its number, where the id is a song's of the playlists.
    var song: Int?
    fileprivate var hasNumbers: Bool

    fileprivate var rank: Int { (kind == .title ? 4 : 0) + (song != nil ? 2 : 0) + (hasNumbers ? 1 : 0) }
  }

  private var byTitle: [String: [Int]] = [:]
  private var byVersion: [String: [Int]] = [:]
  /// Those that are looked for and have an id, and which of them stand in a file of songs after all.
  private var foreign: Set<Int> = []
  private var known: Set<Int> = []
  private(set) var matches: [Int: Match] = [:]
  /// The songs that turned out to be one which no playlist has, by its id.
  private var songsOfID: [[UInt8]: [Int]] = [:]

  /// - Parameter songs: all that the playlists hold.
  init(_ songs: SongRegistry) {
    guard songs.hasSongsToFind else { return }
    for song in 0..<songs.count {
      let fields = songs.fields(song)
      let isForeign = SongIdentity.isMusicBrainz(fields.id)
      guard fields.id.isEmpty || isForeign && !fields.title.isEmpty else { continue }
      if isForeign { foreign.insert(song) }
      byTitle[Self.key(fields, \.self), default: []].append(song)
      byVersion[Self.key(fields, SongTitle.withoutVersion), default: []].append(song)
    }
    for song in 0..<songs.count where !foreign.contains(song) { find(songs.fields(song), song: song) }
    for song in foreign.sorted() { find(songs.fields(song), song: song) { [foreign] in !foreign.contains($0) } }
  }

  var isEmpty: Bool { byTitle.isEmpty }

  /// Notes a song that stands in a file of songs as what others are, unless something better is known of them.
  /// - Parameter song: its number, where a playlist has it.
  mutating func note(_ candidate: SongFields, song: Int?, hasNumbers: Bool) {
    if let song, foreign.contains(song) {
      known.insert(song)
      matches[song] = nil
    }
    find(candidate, song: song, hasNumbers: hasNumbers) { [known] in !known.contains($0) }
  }

  /// To be called when all files of songs have been noted.
  mutating func settle() {
    for (song, match) in matches where match.song == nil { songsOfID[match.id, default: []].append(song) }
  }

  /// The songs that turned out to be one which no playlist has.
  func songs(ofID id: Bytes) -> [Int] { songsOfID.isEmpty ? [] : songsOfID[Array(id)] ?? [] }

  private mutating func find(
    _ candidate: SongFields, song: Int?, hasNumbers: Bool = false, for isWanted: (Int) -> Bool = { _ in true }
  ) {
    guard !candidate.title.isEmpty, !candidate.id.isEmpty else { return }
    func note(_ songs: [Int]?, _ kind: Kind) {
      let match = Match(kind: kind, id: Array(candidate.id), song: song, hasNumbers: hasNumbers)
      for number in songs ?? [] where number != song && isWanted(number) {
        if let known = matches[number], known.rank >= match.rank { continue }
        matches[number] = match
      }
    }
    note(byTitle[Self.key(candidate, \.self)], .title)
    note(byVersion[Self.key(candidate, SongTitle.withoutVersion)], .otherVersion)
  }

  private static func key(_ song: SongFields, _ title: (String) -> String) -> String {
    let name = title(String(decoding: song.title, as: UTF8.self))
    return "\(words(name))\u{1}\(artist(String(decoding: song.artist, as: UTF8.self)))"
  }

  /// The first artist of several.
  private static func artist(_ text: String) -> String {
    let lowered = text.lowercased()
    var end = lowered.endIndex
    for mark in [",", ";", " feat", " ft.", " featuring ", " & ", " x "] {
      if let found = lowered.firstRange(of: mark), found.lowerBound > lowered.startIndex {
        end = min(end, found.lowerBound)
      }
    }
    let words = words(String(lowered[..<end]))
    return words.hasPrefix("the ") ? String(words.dropFirst(4)) : words
  }

  /// Lower case, letters and digits only, without accents; what has none of these (`÷`) as it is.
  static func words(_ text: String) -> String {
    let lowered = text.lowercased()
    let folded = lowered.unicodeScalars.lazy.filter { $0 != "'" && $0 != "’" }.map(Folding.unaccented)
    let words = String(String.UnicodeScalarView(folded)).split { !$0.isLetter && !$0.isNumber }
    return (words.isEmpty ? lowered.split(whereSeparator: \.isWhitespace) : words).joined(separator: " ")
  }
}
