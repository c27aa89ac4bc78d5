/// Times as the sources write them, in the Gregorian calendar and without time zones: `2024-01-31T20:15:00Z`, also
/// `2024-01-31 20:15`.
enum UniversalTime {
  /// Seconds since 1970 that are a time: up to the end of the year 9999.
  static let range: ClosedRange<Int64> = 0...253_402_300_799

  /// Seconds since 1970; nil for anything else.
  static func seconds(_ text: String) -> Int64? {
    let parts = text.split { !$0.isNumber }.prefix(6).map { Int64($0) }
    guard parts.count >= 5, text.first?.isNumber == true else { return nil }
    let numbers = parts.compactMap { $0 }
    guard numbers.count == parts.count, (1970...9999).contains(numbers[0]), (1...12).contains(numbers[1]),
      (1...31).contains(numbers[2]), numbers[3] < 25, numbers[4] < 60
    else { return nil }
    let second = numbers.count > 5 ? numbers[5] : 0
    guard second < 61 else { return nil }
    let seconds = days(numbers[0], numbers[1], numbers[2]) * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + second
    return range.contains(seconds) ? seconds : nil
  }

  /// `2024-01-31T20:15:00Z`
  static func text(_ seconds: Int64) -> String {
    let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let (day, second) = rest < 0 ? (days - 1, rest + 86_400) : (days, rest)
    let (year, month, dayOfMonth) = date(day)
    func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return
      "\(year)-\(two(month))-\(two(dayOfMonth))T\(two(second / 3600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
  }

  /// Days since 1970 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = year / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
