internal import Synchronization

/// Songs that the model does not know and users took from their playlists lately: who had them may put them back.
/// Forgotten when the program ends.
final class RemovedSongs: Sendable {
  /// Songs of all users together that are remembered.
  private static let capacity = 100_000
  private let songs = Mutex<(ofUser: [UserID: Set<String>], count: Int)>(([:], 0))

  func add(_ tracks: [String], of user: UserID) {
    guard !tracks.isEmpty else { return }
    songs.withLock { songs in
      if songs.count + tracks.count > Self.capacity { songs = ([:], 0) }
      let before = songs.ofUser[user] ?? []
      let after = before.union(tracks)
      songs.ofUser[user] = after
      songs.count += after.count - before.count
    }
  }

  subscript(_ user: UserID) -> Set<String> { songs.withLock { $0.ofUser[user] ?? [] } }
}
