internal import CMicroKernels
internal import Glibc

/// Threads that stay alive and run the shards of one operation at a time. The calling thread is one of them.
///
/// Every worker flushes denormals: an LSTM whose values fade into them runs 20 times slower (oneDNN issue 561).
/// `@unchecked Sendable`: all shared state is read and written under `mutex`; `run` is called by one thread at a time.
final class WorkerPool: @unchecked Sendable {
  let threadCount: Int
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var threads: [pthread_t] = []
  private var generation = 0
  private var running = 0
  private var stopped = false
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
      pthread_mutex_lock(mutex)
      (self.body, taskCount, running) = (body, count, threads.count)
      generation += 1
      pthread_cond_broadcast(wake)
      pthread_mutex_unlock(mutex)
      perform(0, step: threadCount, count, body)
      pthread_mutex_lock(mutex)
      while running > 0 { pthread_cond_wait(done, mutex) }
      self.body = nil
      pthread_mutex_unlock(mutex)
    }
  }

  private func perform(_ first: Int, step: Int, _ count: Int, _ body: (Int) -> Void) {
    let state = segueFlushDenormals()
    for index in stride(from: first, to: count, by: step) { body(index) }
    segueRestoreDenormals(state)
  }

  private func work(as worker: Int) {
    var seen = 0
    while performNext(after: &seen, as: worker) {
      pthread_mutex_lock(mutex)
      running -= 1
      if running == 0 { pthread_cond_signal(done) }
      pthread_mutex_unlock(mutex)
    }
  }

  /// Waits for the next operation and performs this worker's part; false when the pool stops. Not inlined: the closure
  /// must be released before `run` is told that the part is done.
  @inline(never)
  private func performNext(after seen: inout Int, as worker: Int) -> Bool {
    pthread_mutex_lock(mutex)
    while generation == seen && !stopped { pthread_cond_wait(wake, mutex) }
    seen = generation
    let (body, count, stopped) = (self.body, taskCount, self.stopped)
    pthread_mutex_unlock(mutex)
    if let body, !stopped { perform(worker, step: threadCount, count, body) }
    return !stopped
  }
}
