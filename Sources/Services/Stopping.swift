internal import Glibc

/// Waits that end early when the run is to stop.
package struct Stopping {
  /// Asked often; true once the run is to stop.
  package let shouldStop: () -> Bool

  package init(_ shouldStop: @escaping () -> Bool = { false }) { self.shouldStop = shouldStop }

  /// - Throws: `CancellationError` when the run is to stop.
  package func check() throws {
    if shouldStop() { throw CancellationError() }
  }

  /// Sleeps.
  /// - Throws: `CancellationError` when the run is to stop.
  package func sleep(until end: ContinuousClock.Instant) throws {
    while true {
      try check()
      let rest = end - .now
      guard rest > .zero else { return }
      usleep(UInt32(min(rest, .milliseconds(50)) / .microseconds(1)) + 1)
    }
  }
}

extension Duration {
  /// `0.5 s`, `90 s`, `12 min`, `3 h`.
  package var formattedSeconds: String {
    let seconds = self / .seconds(1)
    switch seconds {
    case ..<10: return "\((seconds * 10).rounded() / 10) s".replacing(".0 ", with: " ")
    case ..<120: return "\(Int(seconds.rounded())) s"
    case ..<7200: return "\(Int((seconds / 60).rounded())) min"
    default: return "\(Int((seconds / 3600).rounded())) h"
    }
  }
}
