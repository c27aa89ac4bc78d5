internal import Music

/// Which column of a table holds what, whatever they are called: by the names that Spotify, Kaggle's sets, Exportify,
/// TidyTuesday, RecBole, GRU4Rec and Segue itself use, small and capital letters, spaces and punctuation apart.
struct TableColumns {
  private(set) var playlist: Int?
  private(set) var user: Int?
  private(set) var playlistTitle: Int?
  private(set) var position: Int?
  private(set) var time: Int?
  private(set) var song: [(field: SongField, column: Int)] = []
  private(set) var features: [(feature: AudioFeature, column: Int)] = []
  private(set) var featureSource: Int?
  /// Columns of `playlist_meta.csv` that have a place in it as they are.
  private(set) var meta: [(name: String, column: Int)] = []
  /// A list of songs that somebody put into one playlist, one file each, as Exportify writes it.
  private(set) var isExportify = false
  /// Columns as the header names them.
  let header: [String]

  private static let playlistNames: Set = ["pid", "playlistid", "playlisturi", "sessionid", "session"]
  private static let userNames: Set = ["userid", "user", "username"]
  private static let positionNames: Set = ["pos", "position", "order"]
  private static let timeNames: Set = ["timestamp", "time"]
  private static let songNames: [(field: SongField, names: [String])] = [
    (.id, ["trackid", "trackuri", "spotifyid", "spotifyuri", "spotifytrackid", "itemid", "songid", "uri", "id"]),
    (.title, ["trackname", "songname", "tracktitle", "title", "song", "name"]),
    (.artist, ["artistname", "artistnames", "trackartist", "artists", "artist", "creator"]),
    (.album, ["albumname", "trackalbumname", "album"]),
    (.artistID, ["artistid", "artistids", "artisturi", "artisturis"]),
    (.year, ["releaseyear", "releasedate", "albumreleasedate", "trackalbumreleasedate", "year"]),
    (.popularity, ["popularity", "trackpopularity"]),
    (.genre, ["genre", "genres", "trackgenre", "artistgenres"]),
    (.previewURL, ["previewurl", "trackpreviewurl"]),
  ]

  init(_ header: [String]) {
    self.header = header
    // RecBole's header says the type of each column: `item_id:token`.
    let names = header.map { name in
      String(name.prefix { $0 != ":" }).lowercased().filter { $0.isLetter || $0.isNumber }
    }
    var taken: Set<Int> = []
    func take(_ wanted: [String]) -> Int? {
      for name in wanted {
        if let column = names.firstIndex(of: name), taken.insert(column).inserted { return column }
      }
      return nil
    }
    playlist = take(Self.playlistNames.sorted { $0.count > $1.count })
    playlistTitle = take(["playlistname", "playlisttitle"])
    user = take(Self.userNames.sorted())
    position = take(Self.positionNames.sorted())
    time = take(Self.timeNames.sorted())
    for (field, wanted) in Self.songNames { if let column = take(wanted) { song.append((field, column)) } }
    for feature in AudioFeature.allCases {
      let name = feature.rawValue.filter { $0 != "_" }
      if let column = take([name, "track" + name]) { features.append((feature, column)) }
    }
    featureSource = take(["featuresource"])
    // Older ones, and others of its kind, say "Spotify URI" or "Spotify ID" and "Artist Name", and who added a song when.
    isExportify =
      names.contains("trackuri") && names.contains("artistnames")
      || !Set(["spotifyuri", "spotifyid"]).isDisjoint(with: names)
        && !Set(["artistname", "artistnames"]).isDisjoint(with: names)
        && !Set(["addedat", "addedby"]).isDisjoint(with: names)
    for (column, name) in names.enumerated() where !taken.contains(column) {
      if name.hasPrefix("playlist") { meta.append((header[column], column)) }
    }
    // A table of playlists without songs, `playlist_meta.csv`: its `name` is the playlist's.
    if playlist != nil, has(.title), !has(.id), !has(.artist), position == nil, playlistTitle == nil {
      playlistTitle = column(.title)
      song.removeAll { $0.field == .title }
      meta = header.indices.filter { $0 != playlist && $0 != playlistTitle }.map { (header[$0], $0) }
    }
  }

  func column(_ field: SongField) -> Int? { song.first { $0.field == field }?.column }
  private func has(_ field: SongField) -> Bool { column(field) != nil }

  private var namesSongs: Bool { has(.id) || has(.title) && has(.artist) }
  /// Whether rows say which song stands in which playlist.
  var holdsPlaylists: Bool {
    namesSongs && (playlist != nil || playlistTitle != nil || isExportify || user != nil || time != nil)
  }
  /// Whether rows say how songs sound, what they are called, or both.
  var holdsSongs: Bool {
    namesSongs && (!features.isEmpty || !holdsPlaylists && (has(.title) || has(.artist)))
  }
  /// Whether rows say what playlists are called and no more.
  var holdsMeta: Bool { playlist != nil && playlistTitle != nil && !namesSongs }

  var isUsable: Bool { holdsPlaylists || holdsSongs || holdsMeta }

  /// The fields of the current row, valid until the next.
  func fields(of reader: CSVReader) -> SongFields {
    var fields = SongFields()
    for (field, column) in song { fields[field] = Bytes(reader.bytes(column)) }
    fields.id = SongIdentity.id(fields.id)
    fields.artistID = SongIdentity.id(fields.artistID)
    fields.year = Bytes(rebasing: fields.year.prefix(4))
    return fields
  }
}

/// What tells songs from each other in the sources.
enum SongIdentity {
  /// `ID` of `spotify:track:ID` and of `https://open.spotify.com/track/ID?…`; nothing of `spotify:local:…`; anything else
  /// as it is, without spaces around it.
  static func id(_ text: Bytes) -> Bytes {
    var id = text[...]
    if Bytes(rebasing: id).hasPrefix("spotify:track:") { id = id.dropFirst(14) }  // nearly always
    while id.first == 0x20 { id = id.dropFirst() }
    while id.last == 0x20 { id = id.dropLast() }
    if isLocal(Bytes(rebasing: id)) { return Bytes(start: nil, count: 0) }
    if Bytes(rebasing: id).hasPrefix("spotify:") {
      id = id[(id.lastIndex(of: UInt8(ascii: ":"))! + 1)...]
    } else if Bytes(rebasing: id).hasPrefix("http://") || Bytes(rebasing: id).hasPrefix("https://") {
      if let query = id.firstIndex(of: UInt8(ascii: "?")) { id = id[..<query] }
      while id.last == UInt8(ascii: "/") { id = id.dropLast() }
      if let slash = id.lastIndex(of: UInt8(ascii: "/")) { id = id[(slash + 1)...] }
    }
    return Bytes(rebasing: id)
  }

  static func isLocal(_ uri: Bytes) -> Bool { uri.hasPrefix("spotify:local:") }

  /// Whether an id has the form of MusicBrainz's: 32 digits in base 16 with dashes.
  static func isMusicBrainz(_ id: Bytes) -> Bool {
    id.count == 36
      && id.enumerated().allSatisfy { place, byte in
        switch byte {
        case UInt8(ascii: "-"): [8, 13, 18, 23].contains(place)
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: ![8, 13, 18, 23].contains(place)
        default: false
        }
      }
  }
}
