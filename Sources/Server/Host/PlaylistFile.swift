internal import Files
internal import Formats
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import Music
internal import NIOCore

/// Playlists as files: read with a model's catalogue in view, and written.
enum PlaylistFile {
  static let sizeLimit = 8 << 20
  private static let playlistLimit = 200

  /// - Parameter name: for a playlist whose file has none.
  /// - Returns: the playlists, by the catalogue's ids, and how many songs it does not have.
  /// - Throws: `APIError` 415 for what is packed; `InputError` for what is no playlist.
  static func read(
    _ bytes: ByteBuffer, named name: String?, _ model: ServedModel
  ) throws -> (playlists: [(name: String, tracks: [String])], unmatched: Int) {
    let head = bytes.getBytes(at: bytes.readerIndex, length: min(2, bytes.readableBytes)) ?? []
    guard head != [0x1F, 0x8B], head != Array("PK".utf8) else {
      throw APIError(.unsupportedMediaType, "packed", "Unpack the file first: archives are not taken here.")
    }
    let folder = "\(FileManager.default.temporaryDirectory.path)/segue-\(Secret(byteCount: 9).text)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw OutputError("\(folder): the folder cannot be made (\(error)). Is the disk full?")
    }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/playlist"
    try AtomicFile.write(Array(bytes.readableBytesView), to: path)
    let read: [ReadPlaylist]
    do { read = try ReadPlaylist.read(path, temporaryFolder: folder) } catch var error as InputError {
      error.path = "the file"
      throw error
    }
    let songCount = read.reduce(0) { $0 + $1.songs.count }
    guard read.count <= playlistLimit, songCount <= UserStore.songLimit else {
      throw APIError.badRequest(
        "The file holds \(read.count) playlists of \(songCount) songs; \(playlistLimit) of \(UserStore.songLimit) are "
          + "taken at once.")
    }
    var unmatched = 0
    var known: [ReadPlaylist.Song: Int32?] = [:]
    let playlists = read.map { playlist in
      let tracks = playlist.songs.compactMap { song -> String? in
        let row = known[song] ?? find(song, model)
        known[song] = row
        if row == nil { unmatched += 1 }
        return row.map(model.catalogue.id)
      }
      let names = [playlist.title, name ?? ""].map(Self.lineOfText) + ["Imported playlist"]
      return (name: names.first { !$0.isEmpty }!, tracks: tracks)
    }
    return (playlists, unmatched)
  }

  /// Without controls and spaces around, 200 characters at most.
  private static func lineOfText(_ text: String) -> String {
    let scalars = text.unicodeScalars.lazy.filter { $0.properties.generalCategory != .control }.prefix(200)
    return String(String.UnicodeScalarView(scalars)).trimmed
  }

  /// The song by id, then by artist and title.
  private static func find(_ song: ReadPlaylist.Song, _ model: ServedModel) -> Int32? {
    let id = SpotifyID.id(ofURI: song.id) ?? song.id
    if !id.isEmpty, let row = model.catalogue.row(of: id) { return row }
    return model.search.song(titled: song.title, by: song.artist)
  }

  /// A user's playlist to be kept as a file. Songs that the model does not know go by their ids.
  static func response(
    _ playlist: StoredPlaylist, as format: PlaylistFormat, _ catalogue: Catalogue
  ) throws -> Response {
    let tracks = playlist.entries.map { entry in
      catalogue.row(of: entry.track).map { ExportedPlaylist(title: nil, songs: [$0], of: catalogue).tracks[0] }
        ?? ExportedPlaylist.Track(id: entry.track)
    }
    let bytes = try format.bytes(ExportedPlaylist(title: playlist.name, tracks: tracks))
    // A name of letters and digits for every system, and the true one (RFC 6266).
    let plain = String(
      playlist.name.unicodeScalars.map {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) ? Character($0) : "-"
      })
    let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    let encoded = playlist.name.utf8.map { byte in
      let character = Character(Unicode.Scalar(byte))
      return unreserved.contains(character) && byte < 128
        ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
    return Response(
      status: .ok,
      headers: [
        .contentType: format.mediaType,
        .contentDisposition:
          "attachment; filename=\"\(plain).\(format.rawValue)\"; filename*=UTF-8''\(encoded).\(format.rawValue)",
      ], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
