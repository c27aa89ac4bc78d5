extension Dataset {
  /// A number that tells this dataset from others: a hash of its song vectors and of all playlists' ids and songs.
  package func fingerprint(_ vectors: SongVectors) -> UInt64 {
    var hash = FNV1a()
    hash.mix(vectors.fingerprint)
    for playlist in playlists {
      for byte in playlist.pid.utf8 { hash.mix(UInt64(byte)) }
      hash.mix(UInt64(playlist.songs.count))
      for song in playlist.songs { hash.mix(UInt64(bitPattern: Int64(song))) }
    }
    return hash.value
  }
}
