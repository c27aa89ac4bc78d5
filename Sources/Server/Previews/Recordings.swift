internal import Files
internal import FoundationEssentials
internal import Glibc
internal import Music

/// The user's own audio files, found once, at the start. A song's is called `TRACK_ID.mp3` or `Artist - Title.mp3`, in any
/// folder below; nothing outside the folder is ever served.
struct Recordings: Sendable {
  private var pathsOfIDs: [String: String] = [:]
  private var pathsOfTitles: [String: String] = [:]

  /// Media types by the endings of files that are looked at.
  static let mediaTypes = [
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg", "oga": "audio/ogg",
    "opus": "audio/ogg", "flac": "audio/flac", "wav": "audio/wav", "webm": "audio/webm",
  ]

  /// - Parameter folder: nil for no files at all.
  /// - Throws: `InputError` for a folder that is missing.
  init(folder: String?) throws {
    guard let folder else { return }
    var isFolder = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder else {
      throw InputError(path: folder, reason: "there is no such folder", remedy: "Name another with --audio-folder.")
    }
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      guard let dot = name.lastIndex(of: "."), Self.mediaTypes[name[name.index(after: dot)...].lowercased()] != nil,
        Self.size(of: "\(folder)/\(path)") != nil
      else { continue }
      let stem = String(name[..<dot])
      pathsOfIDs[stem] = pathsOfIDs[stem] ?? "\(folder)/\(path)"
      let key = folded(stem)
      if !key.isEmpty { pathsOfTitles[key] = pathsOfTitles[key] ?? "\(folder)/\(path)" }
    }
  }

  /// Bytes of a file that is a file itself, no link; nil for anything else and when it is gone.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// The song's file, nil where there is none.
  func path(of row: Int32, in catalogue: Catalogue) -> String? {
    if pathsOfIDs.isEmpty { return nil }
    return pathsOfIDs[catalogue.id(row)]
      ?? pathsOfTitles[folded("\(catalogue.artist(row)) - \(catalogue.name(row))")]
  }

  /// What there is to listen to.
  func preview(of row: Int32, in catalogue: Catalogue) -> TrackAnswer.Preview {
    if path(of: row, in: catalogue) != nil { return .file }
    if Self.link(of: row, in: catalogue) != nil { return .link }
    return catalogue.hasNumbers(row) ? .sketch : .none
  }

  /// Where the data set says that the song can be heard.
  static func link(of row: Int32, in catalogue: Catalogue) -> String? {
    catalogue.text("preview_url", of: row).flatMap { $0.hasPrefix("https://") ? $0 : nil }
  }
}

/// A text as the search sees it: case, accents and punctuation aside.
func folded(_ text: String) -> String { String(decoding: FoldedText(text).bytes, as: UTF8.self) }
