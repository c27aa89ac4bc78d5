import Glibc
import Learning
import Sequences
import Synchronization
import Testing

/// Batches that say in their denominators where they stand, and a source that notes what it was asked for.
private final class NumberedBatches: BatchSource {
  let table = VectorTable(width: 1, vectors: [])
  let batchCount = 3
  private let noted = Mutex<[[Int]]>([])
  var asked: [[Int]] { noted.withLock { $0 } }

  func batch(epoch: Int, index: Int) -> Batch {
    noted.withLock { $0.append([epoch, index]) }
    let layout = PackedLayout(lengths: [1])
    return Batch(
      encoderLayout: layout, encoderRows: [0], decoderLayout: layout, decoderRows: [0], targetRows: [0],
      lossDenominators: [Float(epoch), Float(index)])
  }
}

struct BatchPrefetcherTests {
  static func place(_ batch: Batch) -> [Int] { batch.lossDenominators.map { Int($0) } }
  static let places = (1...3).flatMap { epoch in (0..<3).map { [epoch, $0] } }

  @Test("every batch is prepared once, in the order of the epochs, and none after the last", arguments: [0, 1, 2, 20])
  func order(depth: Int) {
    let source = NumberedBatches()
    let batches = BatchPrefetcher(source, lastEpoch: 3, depth: depth)
    for place in Self.places { #expect(Self.place(batches.batch(epoch: place[0], index: place[1])) == place) }
    #expect(source.asked == Self.places)
  }

  @Test("while the caller computes, the next batches are prepared, and no more")
  func ahead() {
    let source = NumberedBatches()
    let batches = BatchPrefetcher(source, lastEpoch: 3, depth: 2)
    _ = batches.batch(epoch: 1, index: 2)
    while source.asked.count < 3 { usleep(1000) }
    usleep(20_000)
    #expect(source.asked == [[1, 2], [2, 0], [2, 1]])
  }

  @Test("any batch may be asked for: steps taken back, a run that goes on, a validation that begins anew")
  func anyBatch() {
    let batches = BatchPrefetcher(NumberedBatches(), lastEpoch: 3)
    for place in [
      [2, 1], [2, 2], [2, 0], [2, 1], [2, 1], [3, 2], [3, 0], [1, 0], [1, 1], [1, 0], [3, 2], [3, 2],
    ] {
      #expect(Self.place(batches.batch(epoch: place[0], index: place[1])) == place)
    }
  }

  @Test("what is waited for is counted")
  func waiting() {
    let batches = BatchPrefetcher(NumberedBatches(), lastEpoch: 1)
    #expect(batches.secondsWaited == 0)
    _ = batches.batch(epoch: 1, index: 0)
    let once = batches.secondsWaited
    _ = batches.batch(epoch: 1, index: 1)
    #expect(once > 0 && batches.secondsWaited > once)
  }
}
