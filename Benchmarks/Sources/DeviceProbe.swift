package import Compute

/// What an OpenCL device is and can do: what its driver says, which instructions its compiler takes, and what launches, waits
/// and memory cost. A probe that fails leaves its reason, and the others go on.
package struct DeviceProbe {
  /// Seconds for each thing that is timed.
  package var seconds = 0.3
  /// Seconds after which nothing further is built: some compilers need many for the sequence kernels.
  package var limit = 120.0

  package init() {}

  /// A number, or why there is none.
  package struct Reading: Encodable, Sendable {
    package let value: Double?
    package let reason: String?

    package init(_ value: Double) { (self.value, reason) = (value, nil) }
    package init(reason: String) { (value, self.reason) = (nil, reason) }

    fileprivate init(_ measure: () throws -> Double) {
      do { self.init(try measure()) } catch { self.init(reason: firstLine(of: error)) }
    }

    private enum Key: String, CodingKey { case value, reason }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(value, forKey: .value)  // null says that it was looked for
      try container.encodeIfPresent(reason, forKey: .reason)
    }
  }

  package struct Instruction: Encodable, Sendable {
    package let name: String
    package let compiles: Bool
    package let reason: String?
  }

  /// One wait of groups that wait beside each other.
  package struct Barrier: Encodable, Sendable {
    package let members: Int
    package let groups: Int
    package let microseconds: Reading
  }

  /// What a kernel of `lstm_sequence.cl` takes, for 256 hidden units.
  package struct SequenceKernel: Encodable, Sendable {
    package let path: String
    package let kernel: String
    /// Nil where nobody tells.
    package var resources: KernelResources?
    /// Why something is not known.
    package var reason: String?

    private enum Key: String, CodingKey {
      case path, kernel, registers, spilledBytes, privateBytes, localBytes, reason
    }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(path, forKey: .path)
      try container.encode(kernel, forKey: .kernel)
      try container.encode(resources?.registers, forKey: .registers)
      try container.encode(resources?.spilledBytes, forKey: .spilledBytes)
      try container.encode(resources?.privateBytes, forKey: .privateBytes)
      try container.encode(resources?.localBytes, forKey: .localBytes)
      try container.encodeIfPresent(reason, forKey: .reason)
    }
  }

  package struct Result: Encodable, Sendable {
    package let kind: String
    package let platform: String
    package let vendor: String
    package let openclVersion: String
    package let driverVersion: String
    package let computeUnits: Int
    package let clockMegahertz: Int
    package let localMemoryBytes: Int
    package let globalMemoryBytes: Int
    package let maximumAllocationBytes: Int
    package let maximumWorkGroupSize: Int
    package let extensions: [String]
    /// How work-groups of one launch can hand data to each other: none, atomics or ptx; and how many of them may be
    /// expected to run beside each other.
    package let exchange: String
    package let coResidentWorkGroups: Int
    /// None on other devices than NVIDIA's.
    package let ptxInstructions: [Instruction]
    /// Microseconds of an empty kernel among many that are enqueued together, and of one that is waited for.
    package let launchMicroseconds: Reading
    package let roundTripMicroseconds: Reading
    package let groupBarriers: [Barrier]
    /// 10⁹ bytes a second of 1 MiB that work-groups read over and over, and of a large array copied, read and written.
    package let cacheOneWorkGroupGigabytesPerSecond: Reading
    package let cacheAllUnitsGigabytesPerSecond: Reading
    package let copyGigabytesPerSecond: Reading
    package let sequenceKernels: [SequenceKernel]
  }

  package func run(on device: OpenCLDeviceDescription) -> Result {
    let instructions = device.exchange == .ptx ? PTXInstruction.allCases : []
    let end = ContinuousClock.now + .seconds(limit)
    let timings = timings(of: device)
    return Result(
      kind: device.kind.rawValue, platform: device.platform, vendor: device.vendor, openclVersion: device.openCLVersion,
      driverVersion: device.driverVersion, computeUnits: device.computeUnits, clockMegahertz: device.clockMegahertz,
      localMemoryBytes: device.localMemoryBytes, globalMemoryBytes: device.globalMemoryBytes,
      maximumAllocationBytes: device.maximumAllocationBytes, maximumWorkGroupSize: device.maximumWorkGroupSize,
      extensions: extensions(of: device), exchange: "\(device.exchange)",
      coResidentWorkGroups: device.coResidentWorkGroups, ptxInstructions: instructions.map { compile($0, for: device) },
      launchMicroseconds: timings.launch, roundTripMicroseconds: timings.roundTrip,
      groupBarriers: barriers(of: device, until: end), cacheOneWorkGroupGigabytesPerSecond: timings.oneWorkGroup,
      cacheAllUnitsGigabytesPerSecond: timings.allUnits, copyGigabytesPerSecond: timings.copy,
      sequenceKernels: sequenceKernels(on: device, until: end))
  }

  private func extensions(of device: OpenCLDeviceDescription) -> [String] {
    do { return try device.extensions() } catch { return ["not known: \(firstLine(of: error))"] }
  }

  private func compile(_ instruction: PTXInstruction, for device: OpenCLDeviceDescription) -> Instruction {
    do {
      try instruction.compile(for: device)
      return Instruction(name: instruction.rawValue, compiles: true, reason: nil)
    } catch {
      return Instruction(name: instruction.rawValue, compiles: false, reason: firstLine(of: error))
    }
  }

  // MARK: Launches and memory

  private struct Timings { let launch, roundTrip, oneWorkGroup, allUnits, copy: Reading }

  private func timings(of device: OpenCLDeviceDescription) -> Timings {
    let probe: OpenCLProbe
    do { probe = try OpenCLProbe(device) } catch {
      let reason = Reading(reason: firstLine(of: error))
      return Timings(launch: reason, roundTrip: reason, oneWorkGroup: reason, allUnits: reason, copy: reason)
    }
    let launches = 1000
    return Timings(
      launch: Reading {
        try median {
          for _ in 0..<launches { try probe.launchNothing() }
          try probe.finish()
        } * 1e6 / Double(launches)
      },
      roundTrip: Reading {
        try median {
          try probe.launchNothing()
          try probe.finish()
        } * 1e6
      }, oneWorkGroup: cacheRate(probe, workGroups: 1), allUnits: cacheRate(probe, workGroups: device.computeUnits),
      copy: Reading {
        var bytes = 0
        let seconds = try median {
          bytes = try probe.copyArray()
          try probe.finish()
        }
        return Double(bytes) / seconds / 1e9
      })
  }

  private func cacheRate(_ probe: OpenCLProbe, workGroups: Int) -> Reading {
    Reading {
      var bytes = 0
      let timed = try timeLongEnough { passes in
        bytes = try probe.readAgain(workGroups: workGroups, passes: passes)
        try probe.finish()
      }
      return Double(bytes) / timed.seconds / 1e9
    }
  }

  private func median(_ body: () throws -> Void) throws -> Double {
    try Measurement(warmUp: 2, seconds: seconds, body).median
  }

  /// Times `body` with so many repetitions that the launch does not count: 10 ms.
  private func timeLongEnough(_ body: (Int) throws -> Void) throws -> (repetitions: Int, seconds: Double) {
    var repetitions = 1
    while repetitions < 1 << 20 {
      let start = ContinuousClock.now
      try body(repetitions)
      if ContinuousClock.now - start >= .milliseconds(10) { break }
      repetitions *= 2
    }
    return (repetitions, try median { try body(repetitions) })
  }

  // MARK: Groups that wait

  private static let noTime = "no time was left for it"

  private func barriers(of device: OpenCLDeviceDescription, until end: ContinuousClock.Instant) -> [Barrier] {
    [2, 4, 8, 16, 32].flatMap { members in
      let most = device.coResidentWorkGroups / members
      return (most > 1 ? [1, most] : [1]).map { groups in
        Barrier(
          members: members, groups: groups,
          microseconds: ContinuousClock.now < end
            ? barrier(members: members, groups: groups, of: device) : Reading(reason: Self.noTime))
      }
    }
  }

  private func barrier(members: Int, groups: Int, of device: OpenCLDeviceDescription) -> Reading {
    guard device.exchange != .none else {
      return Reading(reason: "work-groups of one launch cannot hand data to each other here")
    }
    guard members <= device.coResidentWorkGroups else {
      let limit = device.coResidentWorkGroups
      return Reading(reason: "\(limit) work-group\(limit == 1 ? "" : "s") may be expected to run beside each other")
    }
    return Reading {
      let probe = try OpenCLBarrierProbe(device, members: members)
      let timed = try timeLongEnough { try probe.wait(steps: $0, groups: groups) }
      return timed.seconds * 1e6 / Double(timed.repetitions)
    }
  }

  // MARK: The compiler

  private func sequenceKernels(
    on device: OpenCLDeviceDescription, until end: ContinuousClock.Instant
  ) -> [SequenceKernel] {
    let hidden = 256
    let paths = [
      ("groups:8", SequenceParameters.resident(hiddenSize: hidden, members: 8)),
      ("groups:16", .resident(hiddenSize: hidden, members: 16)),
      ("groups:32", .resident(hiddenSize: hidden, members: 32)), ("streamed", .streaming(hiddenSize: hidden)),
    ]
    return paths.flatMap { path, sequence -> [SequenceKernel] in
      do {
        guard let sequence else { return [] }
        guard ContinuousClock.now < end else {
          return [SequenceKernel(path: path, kernel: "lstm_sequence", reason: Self.noTime)]
        }
        return try sequence.resources(on: device).map { resources in
          SequenceKernel(
            path: path, kernel: resources.kernel, resources: resources,
            reason: resources.registers == nil ? "the driver does not tell registers" : nil)
        }
      } catch {
        return [SequenceKernel(path: path, kernel: "lstm_sequence", reason: firstLine(of: error))]
      }
    }
  }
}

/// An error in one line: of a compiler's log, the first that names an error.
private func firstLine(of error: any Error) -> String {
  let lines = "\(error)".split(whereSeparator: \.isNewline).map(String.init)
  let complaint = lines.dropFirst().first { $0.lowercased().contains("error") }
  return (lines.first ?? "") + (complaint.map { ": \($0)" } ?? "")
}
