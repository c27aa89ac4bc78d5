internal import Foundation

/// Material beside the checkout that is not part of it: real playlists, Keras's numbers. Tests that need it are skipped
/// where it is absent.
package enum SharedFolder {
  /// `SEGUE_SHARED`, else `shared` beside the checkout.
  package static let path: String =
    ProcessInfo.processInfo.environment["SEGUE_SHARED"] ?? packageRoot + "/../shared"

  package static let packageRoot: String = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  package static var hasPlaylists: Bool { FileManager.default.fileExists(atPath: path + "/data/mpd/tracks.csv.gz") }
  package static var hasKerasReference: Bool { FileManager.default.fileExists(atPath: path + "/reference/keras") }
}
