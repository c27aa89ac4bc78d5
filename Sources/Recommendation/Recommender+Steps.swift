internal import Learning
internal import Music

extension Recommender {
  /// Runs the decoder from the mean of each playlist's songs, as recommending does, while the caller says which song
  /// comes next: what is asked of the model itself, whatever is recommended.
  /// - Parameters:
  ///   - playlists: rows in order; each with at least one song that has numbers.
  ///   - next: is told the step from 0, the playlist, the vector fed and the vector predicted (29 each); gives the song
  ///     whose vector is fed in the next step, or nil to feed the last one again.
  /// - Throws: `InputError` for weights that do not fit; `ComputeError`.
  package func follow(
    _ playlists: [[Int32]], steps: Int,
    next: (_ step: Int, _ playlist: Int, _ input: ArraySlice<Float>, _ prediction: ArraySlice<Float>) -> Int32?
  ) throws {
    guard !playlists.isEmpty else { return }
    var inputs = try encode(playlists, .default)
    var predictions = [Float](repeating: 0, count: inputs.count)
    for step in 0..<steps {
      try decoder.step(inputs, into: &predictions)
      for playlist in playlists.indices {
        let columns = playlist * SongVector.width..<(playlist + 1) * SongVector.width
        if let song = next(step, playlist, inputs[columns], predictions[columns]) {
          inputs.replaceSubrange(columns, with: catalogue.vector(song))
        }
      }
    }
  }
}
