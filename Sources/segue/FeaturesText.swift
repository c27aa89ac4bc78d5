import Services

/// What `segue features` tells of a run that has ended.
enum FeaturesText {
  static func summary(_ report: FeatureReport, dataset: String) -> String {
    var before = "\(dataset): \(report.songs) songs, \(report.hadFeatures) had features"
    if report.hadGaps > 0 { before += ", \(report.hadGaps) of them with gaps" }
    var lines = [before]
    for source in report.sources { lines.append("\(source.source): " + parts(of: source).joined(separator: ", ")) }
    lines.append(
      report.isWritten
        ? "filled in: \(report.filledValues) values of \(report.filled) songs"
        : "filled in: nothing, so nothing was written")
    lines.append(
      "still missing: \(report.stillMissing) songs without features, \(report.stillWithGaps) with gaps")
    if report.invalidIdentifiers > 0 {
      lines.append("never asked for: \(report.invalidIdentifiers) songs whose id is not one of Spotify's")
    }
    lines.append("requests: \(report.requests)")
    return lines.joined(separator: "\n")
  }

  private static func parts(of source: FeatureReport.SourceReport) -> [String] {
    var parts = ["\(source.filled) songs filled"]
    if source.cached + source.answered + source.requests > 0 {
      parts += ["\(source.answered) asked for and answered", "\(source.cached) known from the cache"]
    }
    if source.strangers > 0 { parts.append("\(source.strangers) answers of songs not asked for passed over") }
    if source.misfits > 0 { parts.append("\(source.misfits) values without a place in the vector passed over") }
    if source.repeatedRows > 0 { parts.append("\(source.repeatedRows) repeated rows passed over") }
    return parts
  }
}

/// How far a provider has been asked: a line that moves on a terminal, one every ten seconds otherwise.
struct FetchDisplay {
  private var started: (provider: String, time: ContinuousClock.Instant)?
  private var lastShown = ContinuousClock.now
  private var width = 0

  mutating func show(provider: String, answered: Int, total: Int) {
    let now = ContinuousClock.now
    if started?.provider != provider { started = (provider, now) }
    let interval: Duration = Console.isTerminal ? .milliseconds(200) : .seconds(10)
    guard now - lastShown >= interval else { return }
    lastShown = now
    var line = "\(provider): \(answered) of \(total) songs answered"
    if let started, answered > 0, now > started.time {
      let left = (now - started.time) * (Double(total - answered) / Double(answered))
      line += ", \(left.formattedSeconds) left"
    }
    guard Console.isTerminal else { return Console.print(line) }
    line = String(line.prefix(Console.width - 1))
    Console.write("\r" + padded(line, width))
    width = line.count
  }

  /// Clears the moving line.
  mutating func end() {
    guard Console.isTerminal, width > 0 else { return }
    Console.write("\r" + padded("", width) + "\r")
    width = 0
  }
}
