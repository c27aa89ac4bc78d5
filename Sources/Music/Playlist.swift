/// One playlist: its id as in the file and the rows of its songs in order, repeats kept.
package struct Playlist: Sendable, Equatable {
  package var pid: String
  package var songs: [Int32]

  package init(pid: String, songs: [Int32]) {
    self.pid = pid
    self.songs = songs
  }
}
