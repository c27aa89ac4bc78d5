internal import Sequences

/// Songs that training never sees, so that it can be measured how songs nobody has played yet are recommended: the
/// cold-start protocol of new items (Schein et al., "Methods and metrics for cold-start recommendations", SIGIR 2002).
package enum ColdSongs {
  /// Rows of a table, drawn by seed.
  /// - Parameter share: of all songs, in 0 ..< 1.
  package static func draw(share: Double, of songCount: Int, seed: UInt64) -> Set<Int32> {
    precondition((0..<1).contains(share), "ColdSongs: a share of \(share)")
    var random = Philox(seed: seed, purpose: .coldSongs)
    return Set(random.permutation(songCount).prefix(Int((share * Double(songCount)).rounded())).lazy.map { Int32($0) })
  }
}

extension Playlist {
  /// The same playlist as if these songs did not exist.
  package func without(_ songs: Set<Int32>) -> Playlist {
    songs.isEmpty ? self : Playlist(pid: pid, songs: self.songs.filter { !songs.contains($0) })
  }
}
