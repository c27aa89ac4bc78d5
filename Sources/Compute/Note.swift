internal import Glibc
internal import Synchronization

/// What a device or its driver makes a user know while the program goes on: one line on standard error, once a process.
package enum Note {
  private static let said = Mutex<Set<String>>([])

  /// - Parameter topic: of notes on one topic only the first is printed; nil when the text is the topic.
  package static func once(_ text: String, topic: String? = nil) {
    guard said.withLock({ $0.insert(topic ?? text).inserted }) else { return }
    let line = Array("segue: \(text)\n".utf8)
    _ = Glibc.write(STDERR_FILENO, line, line.count)
  }
}
