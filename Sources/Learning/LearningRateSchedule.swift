internal import Glibc

/// How the learning rate changes during training: `constant`, `cosine` (to zero over all epochs; Loshchilov and Hutter
/// 2017), `warmup-cosine:SHARE:FLOOR` (linearly from zero over the first SHARE of the run, then cosine down to FLOOR),
/// `exponential:FACTOR` (times FACTOR every epoch) or `step:EPOCHS:FACTOR` (times FACTOR every so many epochs).
package enum LearningRateSchedule: Equatable, Sendable {
  case constant
  case cosine
  case warmupCosine(share: Double, floor: Double)
  case exponential(factor: Double)
  case step(epochs: Int, factor: Double)

  /// Nil when `text` is none of the forms above.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("constant", 1): self = .constant
    case ("cosine", 1): self = .cosine
    case ("warmup-cosine", 3):
      guard let share = Double(parts[1]), share >= 0, share < 1, let floor = Double(parts[2]), floor >= 0, floor <= 1
      else { return nil }
      self = .warmupCosine(share: share, floor: floor)
    case ("exponential", 2):
      guard let factor = Double(parts[1]), factor > 0, factor <= 1 else { return nil }
      self = .exponential(factor: factor)
    case ("step", 3):
      guard let epochs = Int(parts[1]), epochs > 0, let factor = Double(parts[2]), factor > 0, factor <= 1 else {
        return nil
      }
      self = .step(epochs: epochs, factor: factor)
    default: return nil
    }
  }

  /// What the initial rate is multiplied by.
  /// - Parameters:
  ///   - epoch: from 1.
  ///   - progress: share of the epoch's batches that are done, 0 ..< 1.
  ///   - epochs: epochs of the whole run.
  package func factor(epoch: Int, progress: Double, epochs: Int) -> Double {
    let done = min(1, (Double(epoch - 1) + progress) / Double(max(1, epochs)))
    return switch self {
    case .constant: 1
    case .cosine: Self.cosine(done)
    case .warmupCosine(let share, _) where done < share: done / share
    case .warmupCosine(let share, let floor): floor + (1 - floor) * Self.cosine((done - share) / (1 - share))
    case .exponential(let factor): pow(factor, Double(epoch - 1))
    case .step(let length, let factor): pow(factor, Double((epoch - 1) / length))
    }
  }

  /// From 1 to 0 as `done` goes from 0 to 1.
  private static func cosine(_ done: Double) -> Double { 0.5 * (1 + cos(.pi * done)) }
}
