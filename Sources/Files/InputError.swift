/// Input that cannot be used: where it stands, what is wrong, and what to do about it.
package struct InputError: Error, CustomStringConvertible, Equatable {
  /// The file or folder.
  package var path: String
  /// Line from 1, where the input has lines.
  package var line: Int?
  package var reason: String
  /// What the reader can do; empty when the reason says it all.
  package var remedy: String

  package init(path: String, line: Int? = nil, reason: String, remedy: String = "") {
    self.path = path
    self.line = line
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String {
    let place = line.map { "\(path):\($0)" } ?? path
    return remedy.isEmpty ? "\(place): \(reason)" : "\(place): \(reason). \(remedy)"
  }
}
