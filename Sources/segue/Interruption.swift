import Glibc
import Synchronization

/// Ctrl-C and `kill`: the first asks the run to finish its step, save and stop; a second ends the program at once.
enum Interruption {
  private static let requested = Atomic<Bool>(false)

  static var isRequested: Bool { requested.load(ordering: .relaxed) }

  static func watch() {
    signal(SIGPIPE, SIG_IGN)  // a reader of our messages that goes away does not end the run
    // Who started us may have blocked them, as threads of Swift's pool and of Dispatch do.
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in [SIGINT, SIGTERM] { sigaddset(&numbers, number) }
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.requested.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted.rawValue) }
      }
    }
  }
}
