internal import Sequences
internal import Synchronization

/// The order in which each epoch takes its playlists, drawn by seed and epoch. Any epoch can be asked for at any time.
final class EpochOrder: Sendable {
  private let count: Int
  /// Nil for the same order in every epoch.
  private let seed: UInt64?
  /// The order asked for last; nothing but a saving.
  private let last = Mutex<(epoch: Int, order: [Int])>((0, []))

  init(count: Int, seed: UInt64?) {
    self.count = count
    self.seed = seed
  }

  func order(epoch: Int) -> [Int] {
    guard let seed else { return Array(0..<count) }
    return last.withLock { last in
      if last.epoch != epoch || last.order.count != count {
        var random = Philox(seed: seed, purpose: .shuffle, epoch: epoch)
        last = (epoch, random.permutation(count))
      }
      return last.order
    }
  }
}
