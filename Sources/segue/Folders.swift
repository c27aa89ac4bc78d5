import Files
import FoundationEssentials

/// Makes a folder and those above it.
/// - Throws: `OutputError`.
func makeFolder(_ path: String) throws {
  do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
    throw OutputError("\(path): the folder cannot be made (\(error)). Choose another place.")
  }
}
