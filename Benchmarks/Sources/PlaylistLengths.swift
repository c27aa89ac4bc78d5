internal import Files
package import Sequences

/// How many songs the playlists of a benchmark have.
package enum PlaylistLengths {
  /// The 0, 5, 10, … 100 % quantiles of the lengths of 3,615 playlists of the Million Playlist Dataset (mean 87).
  static let quantiles: [Double] = [
    20, 25, 30, 36, 41, 46, 52, 58, 65, 71, 79, 86, 94, 102, 111, 119, 130, 143, 158, 178, 238,
  ]

  /// Lengths as ragged as those of real playlists, drawn through `quantiles`.
  package static func ragged(count: Int, _ random: inout Philox) -> [Int] {
    (0..<count).map { _ in
      let position = Double(random.uniform()) * Double(quantiles.count - 1)
      let (lower, part) = (Int(position), position - position.rounded(.down))
      return Int((quantiles[lower] + part * (quantiles[lower + 1] - quantiles[lower])).rounded())
    }
  }

  /// One length a line, at least 3 songs each.
  /// - Throws: `InputError` naming the line.
  package static func read(path: String) throws -> [Int] {
    let file = try MappedFile(path: path)
    var lengths: [Int] = []
    let lines = String(decoding: file.bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() where !line.allSatisfy(\.isWhitespace) {
      guard let length = Int(line.filter { !$0.isWhitespace }), (3...1_000_000).contains(length) else {
        throw InputError(
          path: path, line: number + 1, reason: "not a playlist length: \(line.prefix(40))",
          remedy: "Write one whole number of songs, 3 or more, on each line.")
      }
      lengths.append(length)
    }
    guard !lengths.isEmpty else { throw InputError(path: path, reason: "there are no lengths") }
    return lengths
  }
}
