import Files
import Formats
import Foundation
import Music
import Recommendation

/// A playlist in a file: a list of track ids, or any format that `segue import` reads.
struct GivenPlaylist {
  /// Nil where the file has none.
  var title: String?
  /// Of the model's songs, found by id, else by title and artist; a song that it does not have under what names it.
  var ids: [String]

  /// - Throws: `InputError` for a file that holds no playlist, or several.
  init(path: String, folder: ModelFolder) throws {
    if Self.isListOfIDs(path) {
      ids = try TrackList.load(path)
      return
    }
    let scratch = FileManager.default.temporaryDirectory.appending(path: "segue-playlist-\(UUID().uuidString)").path
    try Folder.make(scratch)
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let playlists = try ReadPlaylist.read(path, temporaryFolder: scratch)
    guard playlists.count == 1 else {
      throw InputError(
        path: path, reason: "it holds \(playlists.count) playlists", remedy: "Leave one of them in the file.")
    }
    title = playlists[0].title.isEmpty ? nil : playlists[0].title
    ids = []
    var search: SongSearch?
    for song in playlists[0].songs {
      let id = TrackList.id(song.id)
      if folder.catalogue.row(of: id) == nil, !song.title.isEmpty {
        search = try search ?? folder.songSearch()
        let row = search!.song(titled: song.title, by: song.artist)
        ids.append(
          row.map(folder.catalogue.id) ?? (song.artist.isEmpty ? song.title : "\(song.title) by \(song.artist)"))
      } else {
        ids.append(id)
      }
    }
  }

  /// Whether the file has a column `track_id`, or one word a line.
  private static func isListOfIDs(_ path: String) -> Bool {
    guard let header = try? CSVReader(path: path).header else { return false }
    return header.contains("track_id")
      || header.count == 1 && !header[0].contains(" ") && !["#", "<", "{", "["].contains { header[0].hasPrefix($0) }
  }
}
