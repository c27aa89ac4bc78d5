internal import Glibc

/// The header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`.
enum RetryAfter {
  /// How long to wait; nil for text that is neither.
  /// - Parameter now: seconds since 1970.
  static func wait(_ text: String, now: Int = time(nil)) -> Duration? {
    if let seconds = Double(text), seconds >= 0, seconds.isFinite { return .seconds(min(seconds, 1e9)) }
    return seconds(ofDate: text).map { .seconds(max(0, $0 - now)) }
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970 of an IMF-fixdate, the only form that servers may send.
  private static func seconds(ofDate text: String) -> Int? {
    let parts = text.split(whereSeparator: { ", :".contains($0) }).map(String.init)
    guard parts.count == 8, parts[7] == "GMT", let day = Int(parts[1]), let month = months.firstIndex(of: parts[2]),
      let year = Int(parts[3]), (1970...9999).contains(year), (1...31).contains(day),
      let hour = Int(parts[4]), let minute = Int(parts[5]), let second = Int(parts[6])
    else { return nil }
    var date = tm()
    (date.tm_year, date.tm_mon, date.tm_mday) = (Int32(year - 1900), Int32(month), Int32(day))
    (date.tm_hour, date.tm_min, date.tm_sec) = (Int32(hour % 24), Int32(minute % 60), Int32(second % 61))
    return timegm(&date)
  }
}
