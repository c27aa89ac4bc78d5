/// A service that did not give what was asked of it: which, in what call, why, and what to do. Exit status 69.
package struct ServiceError: Error, CustomStringConvertible, Equatable {
  /// The service's name.
  package var service: String
  /// The call that failed, for example `GET /v1/audio-features`.
  package var call: String
  package var reason: String
  /// What the reader can do.
  package var remedy: String
  /// How far the run had come; empty when that does not matter.
  package var progress = ""

  package init(service: String, call: String, reason: String, remedy: String) {
    self.service = service
    self.call = call
    self.reason = reason
    self.remedy = remedy
  }

  package var description: String {
    ["\(service): \(call): \(reason).", remedy, progress].filter { !$0.isEmpty }.joined(separator: " ")
  }
}
