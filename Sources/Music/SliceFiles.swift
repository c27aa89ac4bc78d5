internal import Files
internal import FoundationEssentials

/// Finds the slices that a source of an import stands for.
enum SliceFiles {
  /// A file stands for itself; a folder for its `mpd.slice.*.json` and `.json.gz`, by the number they begin with.
  /// - Throws: `InputError` when there is no such file, or no slice in the folder.
  static func files(_ source: String) throws -> [String] {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else {
      throw InputError(path: source, reason: "there is no such file or folder", remedy: "Check the path.")
    }
    guard isFolder else { return [source] }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: source)
    } catch {
      throw InputError(path: source, reason: "the folder cannot be read", remedy: "Check its permissions.")
    }
    let slices = names.filter { $0.hasPrefix("mpd.slice.") && ($0.hasSuffix(".json") || $0.hasSuffix(".json.gz")) }
    guard !slices.isEmpty else {
      throw InputError(
        path: source, reason: "the folder has no mpd.slice.*.json",
        remedy: "Name the dataset's folder data, or the slices themselves.")
    }
    return slices.sorted { (firstNumber($0), $0) < (firstNumber($1), $1) }.map { "\(source)/\($0)" }
  }

  private static func firstNumber(_ name: String) -> Int {
    Int(name.dropFirst("mpd.slice.".count).prefix { $0.isNumber }) ?? .max
  }
}
