package import Compute
internal import Files
internal import FoundationEssentials
internal import Glibc
internal import Verification

/// How a device is used: the sizes that its kernels are compiled with, and the way through the time steps for each kind of
/// batch. `Tuner` measures it; it is kept as JSON beside the compiled programs, by device, driver and kernel text.
package struct Tuning: Codable, Equatable, Sendable {
  /// The fastest path that was measured for a hidden size and a batch size.
  package struct Choice: Codable, Equatable, Sendable {
    package var hiddenSize: Int
    package var batchSize: Int
    package var path: RecurrencePath

    package init(hiddenSize: Int, batchSize: Int, path: RecurrencePath) {
      (self.hiddenSize, self.batchSize, self.path) = (hiddenSize, batchSize, path)
    }
  }

  package var device: String
  package var driver: String
  package var parameters: KernelParameters
  package var choices: [Choice]

  /// What is used of a device that nobody has measured.
  package static func standard(for device: OpenCLDeviceDescription) -> Tuning {
    Tuning(
      device: device.name, driver: device.device.driver, parameters: .standard(for: device), choices: [])
  }

  /// What was measured of this device with this driver and these kernels; nil when nothing was.
  /// A file that cannot be read is reported once on standard error and does not count.
  package static func stored(for device: OpenCLDeviceDescription) -> Tuning? {
    guard let path = path(for: device), access(path, F_OK) == 0 else { return nil }
    do {
      let file = try MappedFile(path: path)
      let tuning = try withExtendedLifetime(file) { try JSONDecoder().decode(Tuning.self, from: Data(file.bytes)) }
      if tuning.fits(device) { return tuning }
    } catch {}
    Note.once("\(path) is damaged and not used; measure again: segue tune")
    return nil
  }

  /// Whether everything in it is something that the tuner could have chosen: nothing else has been checked.
  private func fits(_ device: OpenCLDeviceDescription) -> Bool {
    let standard = KernelParameters.standard(for: device)
    let products = [standard.product] + KernelParameters.productCandidates
    let steps = [(standard.forward, standard.backward)] + KernelParameters.stepCandidates
    var rest = parameters
    (rest.product, rest.forward, rest.backward) = (standard.product, standard.forward, standard.backward)
    return rest == standard && parameters.fit(device) && products.contains(parameters.product)
      && steps.contains { $0 == (parameters.forward, parameters.backward) }
      && choices.allSatisfy { choice in
        Tuner.paths(hiddenSize: choice.hiddenSize, on: device).contains { $0.path == choice.path }
      }
  }

  /// Where `stored` looks; nil when there is no place for a cache.
  package static func path(for device: OpenCLDeviceDescription) -> String? {
    ProgramCache.standard.tuningPath(of: device)
  }

  /// Keeps this for the next runs.
  /// - Returns: where.
  /// - Throws: when there is no place or it cannot be written.
  package func store(for device: OpenCLDeviceDescription) throws -> String {
    guard let path = Self.path(for: device), let folder = path.lastIndex(of: "/").map({ path[..<$0] }) else {
      throw ComputeError(
        call: "tuning", reason: "there is no place to keep it: neither HOME nor SEGUE_CACHE is set",
        remedy: "Set SEGUE_CACHE to a folder")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try Folder.make(String(folder))
    try AtomicFile.write(String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
    return path
  }

  /// Removes what is kept.
  /// - Returns: whether there was anything.
  package static func forget(_ device: OpenCLDeviceDescription) throws -> Bool {
    guard let path = path(for: device), access(path, F_OK) == 0 else { return false }
    guard unlink(path) == 0 else {
      throw ComputeError(call: "tuning", reason: "\(path) cannot be removed", remedy: "Remove it by hand")
    }
    return true
  }

  /// The measured path for the smallest batch that is at least as large, else for the largest; where this hidden size was
  /// never measured, what is expected most of.
  package func path(for work: Recurrence.Work, on device: OpenCLDeviceDescription) -> RecurrencePath {
    let measured = choices.filter { $0.hiddenSize == work.hiddenSize }.sorted { $0.batchSize < $1.batchSize }
    let choice = measured.first { $0.batchSize >= work.batchSize } ?? measured.last
    guard let choice else { return .expected(for: work, on: device) }
    return work.stepCount >= RecurrencePath.fewSteps ? choice.path : .steps
  }
}

extension OpenCLBackend {
  /// The device as it was tuned, or else as is expected most of. A path that takes all steps in one launch is used only
  /// after `PathCheck` on this very device; otherwise that is said once and a launch is made for each step.
  /// - Parameters:
  ///   - precision: of the large products' operands, proved on the device before it is used.
  ///   - recurrence: instead of the tuned one.
  /// - Throws: `ComputeError`, also when the device cannot compute with `precision` or computes wrongly.
  package static func tuned(
    for device: OpenCLDeviceDescription, precision: Precision = .float32, recurrence: Recurrence? = nil
  ) throws -> OpenCLBackend {
    let tuning = Tuning.stored(for: device) ?? .standard(for: device)
    let backend = try OpenCLBackend(
      device: device, parameters: tuning.parameters, recurrence: recurrence ?? tuning.recurrence(on: device),
      reducedProducts: ReducedProducts(precision))
    guard precision != .float32 else { return backend }
    var failures: [String] = []
    VerificationRun(cases: OperationCase.reducedProducts(precision)).run(on: backend) { failures += $0.failures }
    if let failure = failures.first {
      throw ComputeError(
        call: "precision", reason: "\(device.name) computes wrongly: \(failure)", remedy: "Use --precision float32")
    }
    return backend
  }
}

extension Tuning {
  fileprivate func recurrence(on device: OpenCLDeviceDescription) -> Recurrence {
    Recurrence({ work in [path(for: work, on: device)] }) { path in
      guard case .sequence(let sequence) = path else { return true }
      let check = PathCheck(device: device, parameters: parameters)
      guard let failure = check.failures(of: path, hiddenSize: sequence.hiddenSize).first else { return true }
      Note.once("\(device.name): \(path): not used: \(failure)")
      return false
    }
  }
}
