internal import Files
internal import Glibc

/// Songs and artists that are never to be recommended, as their listener names them.
package struct SongExclusions: Sendable, Equatable {
  package var ids: [String] = []
  /// Names or ids.
  package var artists: [String] = []

  package init() {}

  package static let artistPrefix = "artist:"

  /// Reads what `--exclude` was given: a file, ids separated by commas, or one `artist:NAME`.
  ///
  /// A file has one entry a line, an id or `artist:NAME`; or it is a CSV file with a column `track_id`. Either may be
  /// gzipped.
  /// - Throws: `InputError` for a file that cannot be read or names nothing, and for a text that names nothing.
  package init(_ text: String) throws {
    self.init()
    if access(text, F_OK) == 0 {
      try read(file: text)
    } else if text.hasPrefix(Self.artistPrefix) {
      try append(text[...], path: text, line: nil)
    } else {
      let suffixes = [".csv", ".txt", ".gz", ".list"]
      if suffixes.contains(where: text.hasSuffix) || text.contains("/") && !text.contains("://") {
        throw InputError(path: text, reason: "there is no such file", remedy: "Check the path.")
      }
      for entry in text.split(separator: ",") { try append(entry, path: text, line: nil) }
      guard !ids.isEmpty || !artists.isEmpty else {
        throw InputError(path: "--exclude", reason: "names no song", remedy: "Leave it out, or give a file or ids.")
      }
    }
  }

  private mutating func read(file path: String) throws {
    let lines = try Self.lines(of: path)
    if let header = lines.first, header.split(separator: ",").contains(where: { $0.trimmed == "track_id" }) {
      ids = try TrackList.load(path)
    } else {
      for (number, line) in lines.enumerated() where !line.trimmed.isEmpty {
        try append(line, path: path, line: number + 1)
      }
    }
    guard !ids.isEmpty || !artists.isEmpty else {
      throw InputError(path: path, reason: "names no song", remedy: "Leave it out, or give a line for every song.")
    }
  }

  private mutating func append(_ entry: Substring, path: String, line: Int?) throws {
    let entry = entry.trimmed
    guard entry.hasPrefix(Self.artistPrefix) else {
      let id = TrackList.id(String(entry))
      if !id.isEmpty { ids.append(id) }
      return
    }
    let artist = entry.dropFirst(Self.artistPrefix.count).trimmed
    guard !artist.isEmpty else {
      throw InputError(path: path, line: line, reason: "artist: without a name", remedy: "Write artist:NAME.")
    }
    artists.append(String(artist))
  }

  private static func lines(of path: String) throws -> [Substring] {
    let reader = try ByteReader(path: path)
    var bytes: [UInt8] = []
    while case let chunk = try reader.next(), !chunk.isEmpty { bytes += chunk }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    return String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = drop { $0.isWhitespace }
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
