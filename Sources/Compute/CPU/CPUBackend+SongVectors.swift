extension CPUBackend {
  package func songVectorsForward(
    parameters: SongVectorParameters, songs: SongInputs, dropping: DropoutMask?, vectors: Tensor
  ) throws {
    requireSongVectors("songVectorsForward", parameters, songs, vectors)
    let width = parameters.width
    let (embeddings, artists, out) = (parameters.embeddings.host, parameters.artists.host, vectors.mutableHost)
    let kept = try keptSongs(songs, dropping: dropping)
    try songs.artists.values.withUnsafeBufferPointer { artistOfSong in
      try multiplyRows(
        songs.songCount, songs.features.host, inner: songs.featureCount, matrix: parameters.featureKernel,
        columns: width, into: out
      ) { block in
        for song in block {
          let vector = out + song * width
          if kept.map({ $0[song] != 0 }) ?? true { addRow(embeddings + song * width, to: vector, count: width) }
          let artist = Int(artistOfSong[song])
          if artist >= 0 { addRow(artists + artist * width, to: vector, count: width) }
        }
      }
    }
  }

  package func songVectorsBackward(
    vectorGradient: Tensor, songs: SongInputs, dropping: DropoutMask?, gradients: SongVectorParameters
  ) throws {
    requireSongVectors("songVectorsBackward", gradients, songs, vectorGradient)
    let (width, source) = (gradients.width, vectorGradient.host)
    let (embeddings, artists) = (gradients.embeddings.mutableHost, gradients.artists.mutableHost)
    let kept = try keptSongs(songs, dropping: dropping)
    forEachRun(of: songs.songCount, parts: workers(forTokens: songs.songCount)) { _, own in
      for song in own {
        let gradient = embeddings + song * width
        if kept.map({ $0[song] != 0 }) ?? true {
          gradient.update(from: source + song * width, count: width)
        } else {
          gradient.update(repeating: 0, count: width)
        }
      }
    }
    songs.songsByArtist.values.withUnsafeBufferPointer { songsByArtist in
      songs.artistStarts.values.withUnsafeBufferPointer { starts in
        forEachRun(of: songs.artistCount, parts: workers(forTokens: songs.artistCount)) { _, own in
          for artist in own {
            let gradient = artists + artist * width
            gradient.update(repeating: 0, count: width)
            for place in Int(starts[artist])..<Int(starts[artist + 1]) {
              addRow(source + Int(songsByArtist[place]) * width, to: gradient, count: width)
            }
          }
        }
      }
    }
    try multiplyOverTokens(
      songs.songCount, left: songs.features.host, leftStride: songs.featureCount, m: songs.featureCount, right: source,
      n: width, into: gradients.featureKernel.mutableHost)
  }

  /// 1 for each song that keeps its own embedding, else 0; nil when all do. (V)
  private func keptSongs(_ songs: SongInputs, dropping: DropoutMask?) throws -> UnsafePointer<Float>? {
    guard let dropping else { return nil }
    let kept = try workspace(.keptSongs, count: songs.songCount)
    drop(nil, count: songs.songCount, mask: dropping, scale: 1, into: kept)
    return UnsafePointer(kept)
  }
}

private func addRow(_ values: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, count: Int) {
  for index in 0..<count { sum[index] += values[index] }
}
