internal import Files

/// What was wrong with the input of an import: a line for each fault, as it is met, and their number by kind. A strict
/// import stops at the first.
final class ImportFaults {
  /// Lines that are printed of one kind before the rest are only counted.
  private static let printedLimit = 100

  let isStrict: Bool
  private let print: (String) -> Void
  private(set) var counts: [String: Int] = [:]
  /// What an import of nothing else ends with.
  private(set) var first: InputError?

  init(isStrict: Bool, print: @escaping (String) -> Void) {
    self.isStrict = isStrict
    self.print = print
  }

  /// Tells of files that nobody needs.
  /// - Throws: the error itself in a strict import.
  func passOver(_ error: InputError) throws {
    if isStrict { throw error }
    print("passed over: \(error.path): \(error.reason)")
  }

  /// - Parameter kind: what is counted, such as "rows that cannot be read".
  /// - Throws: the error itself in a strict import.
  func report(_ error: InputError, kind: String) throws {
    if isStrict { throw error }
    if first == nil { first = error }
    let count = counts[kind, default: 0] + 1
    counts[kind] = count
    if count <= Self.printedLimit { print("\(error)") }
    if count == Self.printedLimit { print("(further \(kind) are only counted)") }
  }
}
