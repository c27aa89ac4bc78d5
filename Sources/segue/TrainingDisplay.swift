import Learning

/// What a run shows: a bar that moves on a terminal, one plain line for each epoch otherwise.
struct TrainingDisplay {
  let epochs: Int
  let lossNames: [String]
  private var lastDrawn = ContinuousClock.now - .seconds(1)
  private var started = ContinuousClock.now
  private var stepsSeen = 0
  private var width = 0

  init(epochs: Int, lossNames: [String]) {
    self.epochs = epochs
    self.lossNames = lossNames
  }

  mutating func step(_ progress: TrainingProgress, batchCount: Int, loss: Double?) {
    stepsSeen += 1
    guard Console.isTerminal, ContinuousClock.now - lastDrawn > .milliseconds(100) else { return }
    lastDrawn = .now
    let filled = 24 * progress.batchesDone / max(1, batchCount)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
    let elapsed = (ContinuousClock.now - started) / .seconds(1)
    let stepsLeft = Double((epochs - progress.epoch) * batchCount + batchCount - progress.batchesDone)
    let left = elapsed / Double(stepsSeen) * stepsLeft
    let rate = progress.trainingSeconds > 0 ? decimal(Double(progress.sequences) / progress.trainingSeconds, 0) : "…"
    draw(
      "epoch \(padded("\(progress.epoch)/\(epochs)", 7)) \(bar) \(progress.batchesDone)/\(batchCount)"
        + "  loss \(loss.map { decimal($0, 4) } ?? "…")  \(rate) sequences/s  \(clock(left)) left")
  }

  mutating func epoch(_ record: EpochRecord) {
    let heads = zip(lossNames, record.headLosses).map { "\($0) \(decimal($1, 4))" }.joined(separator: ", ")
    let validation =
      record.validationLoss.map { "  validation \(decimal($0, 4))\(record.isBest ? " (best)" : "")" } ?? ""
    draw("")
    Console.print(
      "epoch \(padded("\(record.epoch)/\(epochs)", 7)) loss \(decimal(record.loss, 4)) (\(heads))\(validation)"
        + "  \(decimal(record.sequencesPerSecond, 0)) sequences/s  \(decimal(record.seconds, 1)) s")
  }

  /// Replaces the terminal's last line.
  private mutating func draw(_ line: String) {
    guard Console.isTerminal else { return }
    let line = String(line.prefix(Console.width - 1))
    Console.write("\r" + padded(line, width) + (line.isEmpty ? "\r" : ""))
    width = line.count
  }

  private func clock(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    let two = { (n: Int) in n < 10 ? "0\(n)" : "\(n)" }
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
  }
}
