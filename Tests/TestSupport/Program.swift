package import Foundation

/// The built program, run as its user runs it.
package enum Program {
  package struct Result: Sendable {
    package let status: Int32
    package let output: String
    package let errors: String
  }

  /// The binary that was built with the tests.
  package static let path: String = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    .appending(path: "segue").path

  /// Runs a command line to its end.
  /// - Parameters:
  ///   - launcher: a program and its arguments before segue's own, for example `["oclgrind", "--data-races"]`.
  ///   - environment: added to this process's.
  package static func run(
    _ arguments: [String], launcher: [String] = [], environment: [String: String] = [:]
  ) throws -> Result {
    let process = try start(arguments, launcher: launcher, environment: environment)
    return process.wait()
  }

  /// A running program.
  package final class Running {
    package let process: Process
    private let (output, errors): (URL, URL)

    fileprivate init(_ process: Process, output: URL, errors: URL) {
      self.process = process
      self.output = output
      self.errors = errors
    }

    /// Waits for the end.
    package func wait() -> Result {
      process.waitUntilExit()
      defer { for file in [output, errors] { try? FileManager.default.removeItem(at: file) } }
      let status = process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
      func text(_ file: URL) -> String { String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self) }
      return Result(status: status, output: text(output), errors: text(errors))
    }
  }

  /// Starts a command line and returns at once. Output goes through files, so that no pipe can fill up.
  package static func start(
    _ arguments: [String], launcher: [String] = [], environment: [String: String] = [:]
  ) throws -> Running {
    let words = launcher + [path] + arguments
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let folder = FileManager.default.temporaryDirectory
    let files = ["out", "err"].map { folder.appending(path: "segue-\(UUID().uuidString).\($0)") }
    for file in files { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    return Running(process, output: files[0], errors: files[1])
  }
}
