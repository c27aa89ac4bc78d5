internal import Music

/// Finds the songs that came without an id, by title and artist, among those that have one.
///
/// Capital letters, accents, punctuation, "the" before an artist and guests after one do not matter. A song of exactly this
/// title is preferred to another version of it ("- Live", "(Remastered 2011)").
struct SongMatching {
  enum Kind: String, Codable, Sendable { case title, otherVersion = "other version" }

  /// What a song without an id turned out to be.
  struct Match {
    var kind: Kind
    var id: [UInt8]
    /// Its number, where the id is a song's of the playlists.
    var song: Int?
  }

  private var byTitle: [String: [Int]] = [:]
  private var byVersion: [String: [Int]] = [:]
  private(set) var matches: [Int: Match] = [:]

  /// - Parameter songs: all that the playlists hold.
  init(_ songs: SongRegistry) {
    guard songs.hasSongsWithoutID else { return }
    for song in 0..<songs.count where songs.id(song).isEmpty {
      let fields = songs.fields(song)
      byTitle[Self.key(fields, \.self), default: []].append(song)
      byVersion[Self.key(fields, SongTitle.withoutVersion), default: []].append(song)
    }
    for song in 0..<songs.count where !songs.id(song).isEmpty { find(songs.fields(song), song: song) }
  }

  var isEmpty: Bool { byTitle.isEmpty }

  /// Notes a song with an id as what songs without one are, unless something better is known of them.
  /// - Returns: the songs that it is now.
  @discardableResult
  mutating func find(_ candidate: SongFields, song: Int?) -> [Int] {
    guard !isEmpty, !candidate.title.isEmpty, !candidate.id.isEmpty else { return [] }
    var found: [Int] = []
    func note(_ songs: [Int]?, _ kind: Kind) {
      for number in songs ?? [] {
        if let known = matches[number], known.kind == kind || known.kind == .title { continue }
        matches[number] = Match(kind: kind, id: Array(candidate.id), song: song)
        found.append(number)
      }
    }
    note(byTitle[Self.key(candidate, \.self)], .title)
    note(byVersion[Self.key(candidate, SongTitle.withoutVersion)], .otherVersion)
    return found
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

  /// Lower case, letters and digits only, without accents.
  static func words(_ text: String) -> String {
    let folded = text.lowercased().unicodeScalars.lazy.filter { $0 != "'" && $0 != "’" }.map(Folding.unaccented)
    return String(String.UnicodeScalarView(folded)).split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
  }
}
