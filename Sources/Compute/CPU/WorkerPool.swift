internal import CMicroKernels
internal import Glibc
internal import Synchronization

/// Threads that stay alive and run the parts of one operation at a time. The calling thread is one of them.
///
/// Operations follow each other within microseconds, and a sleeping core takes longer to wake than many of them last. So
/// who waits looks again and again for a while before it sleeps.
/// Every worker flushes denormals: an LSTM whose values fade into them runs 20 times slower (oneDNN issue 561).
/// `@unchecked Sendable`: `run` is called by one thread at a time; `body` and `taskCount` are written before `generation`
/// is raised and read after it was seen to be, and not written again before `running` has fallen to 0.
final class WorkerPool: @unchecked Sendable {
  let threadCount: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var threads: [pthread_t] = []
  /// Looks at an atomic before sleeping: some tens of microseconds.
  private static let patience = 1000
  private let generation = Atomic(0)
  private let running = Atomic(0)
  private var stopped = false  // under `mutex`
  private var taskCount = 0
  private var body: ((Int) -> Void)?

  init(threadCount: Int) {
    self.threadCount = max(1, threadCount)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(done, nil)
    for worker in 1..<self.threadCount {
      var thread = pthread_t()
      let start = Unmanaged.passRetained(Start(pool: self, worker: worker))
      let status = pthread_create(
        &thread, nil,
        { argument in
          let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
          let (pool, worker) = (start.pool, start.worker)
          pool.work(as: worker)
          return nil
        }, start.toOpaque())
      precondition(status == 0, "WorkerPool: pthread_create failed (\(status))")
      threads.append(thread)
    }
  }

  private final class Start {
    unowned(unsafe) let pool: WorkerPool  // outlives its threads: deinit joins them
    let worker: Int
    init(pool: WorkerPool, worker: Int) { (self.pool, self.worker) = (pool, worker) }
  }

  deinit {
    pthread_mutex_lock(mutex)
    stopped = true
    pthread_cond_broadcast(wake)
    pthread_mutex_unlock(mutex)
    for thread in threads { pthread_join(thread, nil) }
    pthread_cond_destroy(wake)
    pthread_cond_destroy(done)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    done.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` for 0 ..< `count` and returns when all are done. Which thread runs which index is fixed.
  func run(_ count: Int, _ body: (Int) -> Void) {
    guard count > 1, threadCount > 1 else {
      perform(0, step: 1, count, body)
      return
    }
    withoutActuallyEscaping(body) { body in
      (self.body, taskCount) = (body, count)
      running.store(threads.count, ordering: .relaxed)
      pthread_mutex_lock(mutex)
      generation.add(1, ordering: .releasing)
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
      perform(0, step: threadCount, count, body)
      if !looks({ running.load(ordering: .acquiring) == 0 }) {
        pthread_mutex_lock(mutex)
        while running.load(ordering: .acquiring) > 0 { pthread_cond_wait(done, mutex) }
        pthread_mutex_unlock(mutex)
      }
      self.body = nil
    }
  }

  private func perform(_ first: Int, step: Int, _ count: Int, _ body: (Int) -> Void) {
    let state = segueFlushDenormals()
    for index in stride(from: first, to: count, by: step) { body(index) }
    segueRestoreDenormals(state)
  }

  /// Whether `condition` came to hold while we looked.
  private func looks(_ condition: () -> Bool) -> Bool {
    for _ in 0..<Self.patience {
      if condition() { return true }
      segueSpinPause()
    }
    return false
  }

  private func work(as worker: Int) {
    var seen = 0
    while performNext(after: &seen, as: worker) {
      guard running.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { continue }
      pthread_mutex_lock(mutex)
      pthread_cond_signal(done)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Waits for the next operation and performs this worker's part; false when the pool stops. Not inlined: the closure
  /// must be released before `run` is told that the part is done.
  @inline(never)
  private func performNext(after seen: inout Int, as worker: Int) -> Bool {
    let last = seen
    if !looks({ generation.load(ordering: .acquiring) != last }) {
      pthread_mutex_lock(mutex)
      while generation.load(ordering: .acquiring) == last && !stopped { pthread_cond_wait(wake, mutex) }
      let stopped = stopped
      pthread_mutex_unlock(mutex)
      if stopped { return false }
    }
    seen += 1
    if let body { perform(worker, step: threadCount, taskCount, body) }
    return true
  }
}
