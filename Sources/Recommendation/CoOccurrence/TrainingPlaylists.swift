internal import Files
internal import Music

/// The playlists of a training as rows of a catalogue, in order, repeats kept: what co-occurrence is counted in.
///
/// In memory, or mapped from a model folder's `train.playlists`. What scores from them turns them round, from songs to
/// places, when it is made: some milliseconds for 3,000 playlists, for which no file need be three times as large or hold
/// the same thing twice.
package struct TrainingPlaylists: Sendable {
  /// Rows of the catalogue.
  package let songCount: Int
  private let storage: Storage

  /// The lists one after another, here or in a mapped file.
  private final class Storage: Sendable {
    // Not written after init, valid while this object lives.
    nonisolated(unsafe) let starts: UnsafeBufferPointer<UInt64>  // (playlists + 1)
    nonisolated(unsafe) let rows: UnsafeBufferPointer<Int32>  // (rows)
    private let file: SectionFile?

    init(starts: UnsafeBufferPointer<UInt64>, rows: UnsafeBufferPointer<Int32>, file: SectionFile?) {
      (self.starts, self.rows, self.file) = (starts, rows, file)
    }

    deinit {
      guard file == nil else { return }
      starts.deallocate()
      rows.deallocate()
    }
  }

  /// - Parameters:
  ///   - playlists: rows of the catalogue; negative ones are unknown to it and take a place.
  ///   - songCount: rows of the catalogue.
  package init(_ playlists: [[Int32]], songCount: Int) {
    precondition(
      playlists.allSatisfy { $0.allSatisfy { $0 < songCount } }, "TrainingPlaylists: a row beyond \(songCount) songs")
    let starts = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: playlists.count + 1)
    let rows = UnsafeMutableBufferPointer<Int32>.allocate(capacity: playlists.reduce(0) { $0 + $1.count })
    var end = 0
    starts.initializeElement(at: 0, to: 0)
    for (number, playlist) in playlists.enumerated() {
      for row in playlist {
        rows.initializeElement(at: end, to: row)
        end += 1
      }
      starts.initializeElement(at: number + 1, to: UInt64(end))
    }
    self.songCount = songCount
    storage = Storage(starts: UnsafeBufferPointer(starts), rows: UnsafeBufferPointer(rows), file: nil)
  }

  /// Playlists.
  package var count: Int { storage.starts.count - 1 }
  /// Songs of all playlists, repeats counted.
  package var rowCount: Int { storage.rows.count }

  /// A playlist's rows. Valid while this value lives.
  package subscript(_ playlist: Int) -> UnsafeBufferPointer<Int32> {
    precondition(playlist >= 0 && playlist < count, "TrainingPlaylists: playlist \(playlist) of \(count)")
    let (start, end) = (Int(storage.starts[playlist]), Int(storage.starts[playlist + 1]))
    return UnsafeBufferPointer(rebasing: storage.rows[start..<end])
  }
}

// MARK: - File

extension TrainingPlaylists {
  package static let fileName = "train.playlists"
  static let format = SectionFile.Format(
    magic: "SEGUEPLY", version: 1, sectionCount: 3, name: "a file of training playlists of Segue",
    remedy: "Train the model again or copy its whole folder again.")

  /// What else of a model folder the file belongs to.
  package struct Fingerprints: Sendable, Equatable, BitwiseCopyable {
    /// `Catalogue.fingerprint`
    package var catalogue: UInt64
    /// FNV-1a of the bytes of `train.pids`, whose lines are the playlists' names.
    package var pids: UInt64

    /// - Parameter pids: the text of `train.pids`.
    package init(catalogue: UInt64, pids: String) {
      self.catalogue = catalogue
      self.pids = FNV1a.hash(pids.utf8)
    }
  }

  /// The first section of the file.
  private struct Counts: BitwiseCopyable {
    var songs: UInt64
    var playlists: UInt64
    var fingerprints: Fingerprints
  }

  /// Maps a file that `write` wrote. All of it is read once, so that nothing in it can lead a scorer astray.
  /// - Throws: `InputError` for a file that is missing, foreign, truncated, damaged or of another version, or made with
  ///   other fingerprints.
  package init(path: String, fingerprints: Fingerprints) throws {
    let file = try SectionFile(path: path, format: Self.format)
    let counts = try file.section(0, of: Counts.self, count: 1)[0]
    guard counts.songs <= UInt64(Int32.max), counts.playlists <= UInt64(Int32.max) else {
      throw file.damaged("impossible counts")
    }
    let starts = try file.section(1, of: UInt64.self, count: Int(counts.playlists) + 1)
    guard let rowCount = Int(exactly: starts.last!), starts.first == 0,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw file.damaged("a playlist ends before it begins") }
    let rows = try file.section(2, of: Int32.self, count: rowCount)
    let songCount = Int32(counts.songs)
    guard rows.allSatisfy({ $0 >= 0 && $0 < songCount }) else { throw file.damaged("a song outside the catalogue") }
    guard counts.fingerprints == fingerprints else {
      throw InputError(
        path: path, reason: "belongs to another model", remedy: "Train the model again or copy its whole folder again.")
    }
    self.songCount = Int(songCount)
    storage = Storage(starts: starts, rows: rows, file: file)
  }

  /// Writes `train.playlists`. Every row must be known to the catalogue.
  /// - Throws: `OutputError`; an old file survives.
  package func write(to path: String, fingerprints: Fingerprints) throws {
    precondition(storage.rows.allSatisfy { $0 >= 0 }, "TrainingPlaylists: a song that the catalogue does not know")
    let counts = Counts(songs: UInt64(songCount), playlists: UInt64(count), fingerprints: fingerprints)
    try withExtendedLifetime(storage) {
      try SectionFile.write(
        [.init([counts]), .init(storage.starts), .init(storage.rows)], format: Self.format, to: path)
    }
  }
}
