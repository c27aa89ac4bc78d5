import ArgumentParser
import Compute
import FoundationEssentials
import Verification

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compares every operation of a device with a Float64 reference.",
    discussion: """
      Runs every operation in many sizes and options, checks each result against naive loops in 64 bits, demands the \
      same bits from a second run, and watches the memory around inputs and results. The last line is \
      "N passed, N failed"; the exit status is 70 when anything failed.
      """)

  @OptionGroup var device: DeviceOptions

  @Flag(help: "Only the small cases, each once: for interpreters like Oclgrind.")
  var small = false

  @Option(help: ArgumentHelp("Only cases whose name contains this, for example lstmBackward.", valueName: "text"))
  var only: String?

  @OptionGroup var recurrence: RecurrenceOptions

  @Option(
    help: ArgumentHelp(
      "Instead of all operations, products with operands of fewer digits: tf32 or bf16.",
      discussion: """
        A device without NVIDIA's matrix units multiplies the same pieces of the matrices by itself, which proves how they \
        are laid out.
        """, valueName: "digits"))
  var precision: String?

  @Flag(help: "One JSON object on stdout; the last line goes to stderr.")
  var json = false

  func run() throws {
    try reportingErrors {
      let cases = allCases.filter { (!small || $0.isSmall) && (only.map($0.id.contains) ?? true) }
      if cases.isEmpty { throw ValidationError("No case's name contains \(only ?? "").") }
      let backend = try makeBackend()
      if !json { print("\(backend.device.name), \(backend.device.driver)") }
      var rows: [Report.Row] = []
      let summary = VerificationRun(cases: cases, checksDeterminism: !small).run(on: backend) { result in
        if json { rows.append(Report.Row(result)) } else { show(result) }
      }
      if json {
        let report = Report(
          device: backend.device.name, driver: backend.device.driver, passed: summary.passedCount,
          failed: summary.failedCount, cases: rows)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
        Console.print(summary.closingLine)
      } else {
        print(summary.closingLine)
      }
      if summary.failedCount > 0 { throw ExitCode(ExitStatus.ownFault.rawValue) }
    }
  }

  func validate() throws {
    if let precision { try require("--precision", precision, among: ["tf32", "bf16"]) }
  }

  private var allCases: [OperationCase] {
    precision.flatMap(Precision.init).map(OperationCase.reducedProducts) ?? OperationCase.all
  }

  private func makeBackend() throws -> any Backend {
    guard let precision = precision.flatMap(Precision.init) else {
      return try recurrence.makeBackend(on: device, gradientShards: 2)
    }
    guard case .opencl(let description) = try Devices.select(device.selector) else {
      throw ValidationError("--precision is for OpenCL devices. Give one with --device.")
    }
    return try OpenCLBackend(
      device: description, parameters: .standard(for: description),
      reducedProducts: ReducedProducts(precision, by: description.hasMatrixUnits ? .matrixUnits : .workItems))
  }

  private func show(_ result: VerificationRun.Result) {
    let used = "\(decimal(result.toleranceUsed * 100, 0)) % of the tolerance"
    print("\(result.passed ? "pass" : "FAIL")  \(result.operationCase)  (\(used))")
    for failure in result.failures { print("      \(failure)") }
  }
}

/// What `segue verify --json` prints.
private struct Report: Encodable {
  struct Row: Encodable {
    let name: String
    let passed: Bool
    /// The largest share of a tolerance that was used; null when it is not finite.
    let toleranceUsed: Double?
    let failures: [String]
    let seconds: Double

    enum CodingKeys: String, CodingKey {
      case name, passed, failures, seconds
      case toleranceUsed = "tolerance_used"
    }

    init(_ result: VerificationRun.Result) {
      name = result.operationCase.id
      passed = result.passed
      toleranceUsed = result.toleranceUsed.isFinite ? result.toleranceUsed : nil
      failures = result.failures
      seconds = result.seconds
    }
  }
  let device: String
  let driver: String
  let passed: Int
  let failed: Int
  let cases: [Row]
}
