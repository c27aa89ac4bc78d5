internal import FoundationEssentials
internal import Music
internal import Services

/// A song as the API gives it.
struct TrackAnswer: Encodable {
  enum Preview: String, Encodable { case file, link, sketch, none }

  var id, name, artist: String
  var album: String?
  var year: Int?
  var genre: String?
  var durationMs: Int?
  var preview = Preview.none
  var spotifyUrl: String?
  /// Spotify's values by name, those that the song has.
  var features: [String: Double] = [:]

  /// - Parameter recordings: the user's own files.
  init(_ row: Int32, of catalogue: Catalogue, _ recordings: Recordings) {
    (id, name, artist) = (catalogue.id(row), catalogue.name(row), catalogue.artist(row))
    album = catalogue.text("album_name", of: row)
    year = catalogue.text("release_year", of: row).flatMap { Int($0.prefix(4)) }
    genre = catalogue.text("genre", of: row)
    for feature in AudioFeature.allCases {
      let value = catalogue.feature(feature, of: row)
      if value.isFinite { features[feature.rawValue] = Double("\(value)") }
    }
    durationMs = Self.duration(row, of: catalogue)
    spotifyUrl = catalogue.isSynthetic ? nil : SpotifyID.link(id)
    preview = recordings.preview(of: row, in: catalogue)
  }

  /// Milliseconds, nil where they are missing or senseless.
  static func duration(_ row: Int32, of catalogue: Catalogue) -> Int? {
    let duration = catalogue.feature(.durationMilliseconds, of: row)
    return duration > 0 && duration < 1e9 ? Int(duration) : nil
  }

  /// A song that a user's playlist names and the model that answers now does not know.
  init(unknown id: String) {
    (self.id, name, artist) = (id, id, "")
    spotifyUrl = SpotifyID.link(id)
  }

  /// Puts what the Spotify Web API says in the place of what the catalogue does.
  mutating func take(_ track: JSONValue) {
    struct Said: Decodable {
      struct Artist: Decodable { var name: String }
      struct Album: Decodable { var name, releaseDate: String? }
      var name: String?
      var artists: [Artist]?
      var album: Album?
      var durationMs: Int?
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let said: Said
    do {
      said = try decoder.decode(Said.self, from: JSONEncoder().encode(track))
    } catch { return }  // of another form than Spotify's: the catalogue is the answer
    name = said.name ?? name
    if let artists = said.artists, !artists.isEmpty { artist = artists.map(\.name).joined(separator: ", ") }
    album = said.album?.name ?? album
    year = said.album?.releaseDate.flatMap { Int($0.prefix(4)) } ?? year
    durationMs = said.durationMs ?? durationMs
  }

  init(id: String, in model: ServedModel, _ recordings: Recordings) {
    if let row = model.catalogue.row(of: id) {
      self.init(row, of: model.catalogue, recordings)
    } else {
      self.init(unknown: id)
    }
  }
}

/// A song as the Spotify Web API gives it, which is how the dissertation's service gave it.
struct SpotifyTrackAnswer: Encodable {
  struct Artist: Encodable { var name: String }
  struct Album: Encodable { @Null var name: String? }
  struct Links: Encodable { var spotify: String? }

  var id, name: String
  var artists: [Artist]
  var album: Album
  var durationMs: Int?
  @Null var previewUrl: String?
  var externalUrls: Links
  var type = "track"
  var uri: String?

  init(_ row: Int32, of catalogue: Catalogue) {
    (id, name) = (catalogue.id(row), catalogue.name(row))
    artists = [Artist(name: catalogue.artist(row))]
    album = Album(name: catalogue.text("album_name", of: row))
    durationMs = TrackAnswer.duration(row, of: catalogue)
    previewUrl = catalogue.text("preview_url", of: row)
    externalUrls = Links(spotify: catalogue.isSynthetic ? nil : SpotifyID.link(id))
    uri = SpotifyID.uri(id)
  }
}
