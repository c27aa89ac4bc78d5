internal import Files
internal import Glibc

/// A dataset folder in memory: `tracks.csv`, `playlists.csv` and, when there is one, `playlist_meta.csv`; each may be
/// gzipped and then ends in `.csv.gz`.
package struct Dataset: Sendable {
  package let folder: String
  package var songs: SongTable
  /// In numeric order of the pids when all are whole numbers, else in the file's order.
  package var playlists: [Playlist]
  /// Playlists left out because they are empty or have one song only.
  package var skippedPlaylists: Int
  /// Playlists left out because `maxPlaylists` had been reached.
  package var omittedPlaylists: Int
  /// What is known of playlists besides their songs, by pid, for those of which anything is.
  package var contexts: [String: PlaylistContext]

  /// Titles by pid, for the playlists that have one.
  package var playlistNames: [String: String] { contexts.compactMapValues(\.title) }

  package init(
    folder: String, songs: SongTable, playlists: [Playlist], skippedPlaylists: Int = 0, omittedPlaylists: Int = 0,
    playlistNames: [String: String] = [:], contexts: [String: PlaylistContext]? = nil
  ) {
    self.folder = folder
    self.songs = songs
    self.playlists = playlists
    self.skippedPlaylists = skippedPlaylists
    self.omittedPlaylists = omittedPlaylists
    self.contexts = contexts ?? playlistNames.mapValues { PlaylistContext(title: $0) }
  }

  /// - Parameters:
  ///   - maxPlaylists: reads no more than the first so many of the playlists that are not skipped.
  ///   - contextColumns: of `playlist_meta.csv` that are read besides the title.
  /// - Throws: `InputError` naming file, line and remedy.
  package static func load(
    folder: String, maxPlaylists: Int? = nil, contextColumns: [String] = []
  ) throws -> Dataset {
    let rows = try rows(of: folder, maxPlaylists: maxPlaylists)
    let meta = try Self.file("playlist_meta", in: folder)
    guard meta != nil || contextColumns.isEmpty else {
      throw InputError(
        path: folder,
        reason: "there is no playlist_meta.csv with the columns \(contextColumns.joined(separator: ", "))",
        remedy: "Add one, or leave out --context.")
    }
    let contexts = try meta.map { try PlaylistContext.load($0, columns: contextColumns) } ?? [:]
    return Dataset(
      folder: folder, songs: rows.songs, playlists: rows.playlists, skippedPlaylists: rows.skipped,
      omittedPlaylists: rows.omitted, contexts: contexts)
  }

  /// Songs and playlists, from the folder's column store where it has one that still is what the tables are.
  private static func rows(
    of folder: String, maxPlaylists: Int?
  ) throws -> (songs: SongTable, playlists: [Playlist], skipped: Int, omitted: Int) {
    let (tracks, playlists) = (try requiredFile("tracks", in: folder), try requiredFile("playlists", in: folder))
    if let columns = try DatasetColumns(ifCurrentIn: folder, tables: [tracks, playlists]) {
      let kept = min(maxPlaylists ?? .max, columns.playlistCount)
      return (try columns.songs(), columns.playlists(kept), columns.skippedCount, columns.playlistCount - kept)
    }
    let songs = try SongTable(csv: tracks)
    let file = try PlaylistFile(path: playlists, songs: songs, unknownTracksAllowed: false)
    let kept = file.playlists.prefix(maxPlaylists ?? file.playlists.count)
    return (songs, Array(kept), file.skippedCount, file.playlists.count - kept.count)
  }

  /// Songs of the longest playlist read, repeats counted.
  package var longestPlaylist: Int { playlists.lazy.map(\.songs.count).max() ?? 0 }
  /// Songs of all playlists read, repeats counted.
  package var rowCount: Int { playlists.reduce(0) { $0 + $1.songs.count } }

  /// Path of `NAME.csv` or `NAME.csv.gz`; nil when there is neither.
  package static func file(_ name: String, in folder: String) throws -> String? {
    let paths = ["\(folder)/\(name).csv", "\(folder)/\(name).csv.gz"].filter { access($0 as String, F_OK) == 0 }
    guard paths.count < 2 else {
      throw InputError(
        path: folder, reason: "there are both \(name).csv and \(name).csv.gz", remedy: "Remove one of them.")
    }
    return paths.first
  }

  /// Path of `NAME.csv` or `NAME.csv.gz`.
  /// - Throws: `InputError` when there is neither.
  package static func requiredFile(_ name: String, in folder: String) throws -> String {
    if let path = try file(name, in: folder) { return path }
    guard access(folder, F_OK) == 0 else {
      throw InputError(path: folder, reason: "there is no such folder", remedy: "Check the path.")
    }
    throw InputError(
      path: folder, reason: "there is neither \(name).csv nor \(name).csv.gz",
      remedy: "A dataset folder holds tracks.csv and playlists.csv; `segue import` makes one.")
  }
}
