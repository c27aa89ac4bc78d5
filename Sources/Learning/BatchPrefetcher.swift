internal import Dispatch
package import Sequences

/// Batches of a source, of which the next few are prepared by a thread of their own while the device computes (what
/// tf.data calls `prefetch`).
///
/// Any batch may be asked for at any time: batches that were prepared and are not the ones asked for, because steps are
/// taken back or a validation begins anew, are thrown away. Which batch is given depends on epoch and index only.
package final class BatchPrefetcher {
  private let source: any BatchSource
  private let lastEpoch: Int
  private let depth: Int
  private let queue = DispatchQueue(label: "segue.batches")
  /// Batches in preparation, the one to be asked for next first.
  private var ahead: [Preparation] = []
  /// How long callers waited in `batch(epoch:index:)`.
  package private(set) var secondsWaited = 0.0

  /// - Parameters:
  ///   - lastEpoch: the epoch after whose last batch nothing is prepared.
  ///   - depth: batches to prepare beyond the one asked for; 0 for none, and no thread.
  package init(_ source: any BatchSource, lastEpoch: Int, depth: Int = 2) {
    self.source = source
    self.lastEpoch = lastEpoch
    self.depth = depth
  }

  private struct Place: Equatable {
    let epoch, index: Int
  }

  /// `@unchecked Sendable`: `batch` is written once, before the signal, and read once, after it.
  private final class Preparation: @unchecked Sendable {
    let place: Place
    private var batch: Batch?
    private let done = DispatchSemaphore(value: 0)

    init(_ place: Place) { self.place = place }

    func run(_ source: any BatchSource) {
      batch = source.batch(epoch: place.epoch, index: place.index)
      done.signal()
    }

    func wait() -> Batch {
      done.wait()
      return batch!
    }
  }

  /// The source's batch. Waits until it is prepared, and has those that follow it prepared.
  package func batch(epoch: Int, index: Int) -> Batch {
    let start = ContinuousClock.now
    defer { secondsWaited += (ContinuousClock.now - start) / .seconds(1) }
    guard depth > 0 else { return source.batch(epoch: epoch, index: index) }
    let asked = Place(epoch: epoch, index: index)
    if ahead.first?.place != asked { ahead = [] }
    var next = ahead.last.map { place(after: $0.place) } ?? asked
    while ahead.count <= depth, let place = next {
      let preparation = Preparation(place)
      queue.async { [source] in preparation.run(source) }
      ahead.append(preparation)
      next = self.place(after: place)
    }
    return ahead.removeFirst().wait()
  }

  private func place(after place: Place) -> Place? {
    if place.index + 1 < source.batchCount { return Place(epoch: place.epoch, index: place.index + 1) }
    return place.epoch < lastEpoch ? Place(epoch: place.epoch + 1, index: 0) : nil
  }
}
