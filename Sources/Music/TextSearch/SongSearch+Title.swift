extension SongSearch {
  /// The song of a title, by the artist where one is named; the most popular of several. Case, accents and punctuation do
  /// not matter.
  package func song(titled title: String, by artist: String) -> Int32? {
    let (folded, foldedArtist) = (FoldedText(title).bytes, FoldedText(artist).bytes)
    guard !folded.isEmpty else { return nil }
    let query = String("\(title) \(artist)".prefix(200))
    return songs(matching: query, limit: 20, offset: 0).rows.first { row in
      FoldedText(catalogue.name(row)).bytes == folded
        && (foldedArtist.isEmpty || FoldedText(catalogue.artist(row)).bytes == foldedArtist)
    }
  }
}
