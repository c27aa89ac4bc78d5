internal import CMicroKernels
internal import Glibc
internal import Synchronization

/// Threads that stay alive and run the parts of one operation at a time. The calling thread is one of them; the others,
/// the helpers, are called as far as there are parts for them.
///
/// Operations follow each other within microseconds, and a sleeping core takes longer to wake than many of them last. So
/// who waits looks again and again for a while before it sleeps.
/// Every worker flushes denormals: an LSTM whose values fade into them runs 20 times slower (oneDNN issue 561).
/// `@unchecked Sendable`: `run` is called by one thread at a time. What an operation consists of is written before its
/// helpers are called and read after they saw the call, and not written again before `running` has fallen to 0; a helper
/// that is not called reads nothing.
final class WorkerPool: @unchecked Sendable {
  let threadCount: Int
  private var helpers: [Helper] = []
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Called helpers that have not finished their parts.
  private let running = Atomic(0)
  private var taskCount = 0
  private var body: ((Int) -> Void)?
  private var isRunning = false

  /// - Throws: `ComputeError` when the system refuses so many threads.
  init(threadCount: Int) throws(ComputeError) {
    self.threadCount = max(1, threadCount)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(done, nil)
    for worker in 1..<self.threadCount {
      let helper = Helper()
      let start = Unmanaged.passRetained(Start(pool: self, helper: helper, worker: worker))
      let status = pthread_create(
        &helper.thread, nil,
        { argument in
          let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
          let (pool, helper, worker) = (start.pool, start.helper, start.worker)
          pool.work(as: helper, worker)
          return nil
        }, start.toOpaque())
      guard status == 0 else {
        start.release()
        throw ComputeError(
          call: "pthread_create",
          reason: "\(String(cString: strerror(status))) at thread \(worker + 1) of \(threadCount)",
          remedy: "Give a smaller --threads.")
      }
      helpers.append(helper)
    }
  }

  private final class Start {
    unowned(unsafe) let pool: WorkerPool  // outlives its threads: deinit joins them
    let helper: Helper
    let worker: Int
    init(pool: WorkerPool, helper: Helper, worker: Int) {
      (self.pool, self.helper, self.worker) = (pool, helper, worker)
    }
  }

  deinit {
    for helper in helpers { helper.stop() }
    pthread_cond_destroy(done)
    pthread_mutex_destroy(mutex)
    done.deallocate()
    mutex.deallocate()
  }

  /// The worker that runs part `index` of every operation: 0 the calling thread, 1 ..< `threadCount` the helpers.
  func worker(running index: Int) -> Int { index % threadCount }

  /// Runs `body` for 0 ..< `count` and returns when all are done, each part on its worker's thread. No part may call it.
  func run(_ count: Int, _ body: (Int) -> Void) {
    precondition(!isRunning, "WorkerPool.run: called by a part of an operation")
    isRunning = true
    defer { isRunning = false }
    let called = min(count, threadCount) - 1
    guard called > 0 else {
      perform(0, count, body)
      return
    }
    withoutActuallyEscaping(body) { body in
      (self.body, taskCount) = (body, count)
      running.store(called, ordering: .relaxed)
      for helper in 0..<called { helpers[helper].call() }
      perform(0, count, body)
      if !looks({ running.load(ordering: .acquiring) == 0 }) {
        pthread_mutex_lock(mutex)
        while running.load(ordering: .acquiring) > 0 { pthread_cond_wait(done, mutex) }
        pthread_mutex_unlock(mutex)
      }
      self.body = nil
    }
  }

  private func perform(_ worker: Int, _ count: Int, _ body: (Int) -> Void) {
    let state = segueFlushDenormals()
    for index in stride(from: worker, to: count, by: threadCount) { body(index) }  // see `worker(running:)`
    segueRestoreDenormals(state)
  }

  private func work(as helper: Helper, _ worker: Int) {
    var seen = 0
    while performNext(after: &seen, as: helper, worker) {
      guard running.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { continue }
      pthread_mutex_lock(mutex)
      pthread_cond_signal(done)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Waits for the next call and performs this worker's parts; false when the pool stops. Not inlined: the closure must
  /// be released before `run` is told that the parts are done.
  @inline(never)
  private func performNext(after seen: inout Int, as helper: Helper, _ worker: Int) -> Bool {
    guard helper.waitForCall(after: seen) else { return false }
    seen += 1
    if let body { perform(worker, taskCount, body) }
    return true
  }
}

/// One helper of a pool, as it waits to be called.
///
/// `@unchecked Sendable`: `thread` belongs to the pool, `isStopped` is under `mutex`.
private final class Helper: @unchecked Sendable {
  var thread = pthread_t()
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let calls = Atomic(0)
  private var isStopped = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
  }

  func call() {
    pthread_mutex_lock(mutex)
    calls.add(1, ordering: .releasing)
    pthread_cond_signal(wake)
    pthread_mutex_unlock(mutex)
  }

  /// Ends the thread, which must not be running a part.
  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_signal(wake)
    pthread_mutex_unlock(mutex)
    pthread_join(thread, nil)
  }

  /// Returns when there have been more calls than `seen`; false when there will be none.
  func waitForCall(after seen: Int) -> Bool {
    if looks({ calls.load(ordering: .acquiring) != seen }) { return true }
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while calls.load(ordering: .acquiring) == seen && !isStopped { pthread_cond_wait(wake, mutex) }
    return !isStopped
  }
}

/// Whether `condition` came to hold while we looked: some tens of microseconds.
private func looks(_ condition: () -> Bool) -> Bool {
  for _ in 0..<1000 {
    if condition() { return true }
    segueSpinPause()
  }
  return false
}
