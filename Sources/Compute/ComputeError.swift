/// A device refused or failed: the call, what was asked, what there was, and what to do.
package struct ComputeError: Error, CustomStringConvertible {
  package let description: String

  /// - Parameters:
  ///   - call: the function that failed, for example `clCreateBuffer`.
  ///   - reason: what it answered, with what was asked and what there was.
  ///   - remedy: what the user can do.
  ///   - log: the compiler's log after a failed build.
  package init(call: String, reason: String, remedy: String = "", log: String = "") {
    description =
      "\(call): \(reason)" + (remedy.isEmpty ? "" : ". \(remedy)") + (log.isEmpty ? "" : "\nbuild log:\n\(log)")
  }
}
