/// How fast a service is asked, and how often again.
package struct Patience: Sendable {
  /// Requests a second at most.
  package var rate = 2.0
  /// Tries in a row that may fail before the run gives up.
  package var attempts = 7
  /// The wait after the first failure; it doubles with each.
  package var firstDelay = Duration.seconds(1)
  package var longestDelay = Duration.seconds(60)
  /// The longest wait that a service may ask for with `Retry-After`.
  package var longestRetryAfter = Duration.seconds(600)

  package init() {}

  /// The wait after so many failures in a row: half of it for sure, half by chance, so that many clients that failed
  /// together do not come back together.
  func delay(afterFailures failures: Int) -> Duration {
    let doubled = firstDelay * Double(1 << min(failures - 1, 20))
    return min(doubled, longestDelay) * Double.random(in: 0.5...1)
  }
}
