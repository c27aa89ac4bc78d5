package import Compute
internal import Verification

/// A path against the reference, on a backend of its own.
package struct PathCheck {
  private let device: OpenCLDeviceDescription
  private let parameters: KernelParameters
  private let batchSizes: [Int]

  /// - Parameter batchSizes: sequences of each batch that is checked; one small batch is little enough for every start.
  package init(device: OpenCLDeviceDescription, parameters: KernelParameters, batchSizes: [Int] = [9]) {
    (self.device, self.parameters, self.batchSizes) = (device, parameters, batchSizes)
  }

  /// What was wrong, one sentence each; none when every result agrees and comes with the same bits twice.
  package func failures(of path: RecurrencePath, hiddenSize: Int) -> [String] {
    do {
      let backend = try OpenCLBackend(device: device, parameters: parameters, recurrence: .always(path))
      var failures: [String] = []
      let cases = OperationCase.lstmLayer(hiddenSize: hiddenSize, batchSizes: batchSizes)
      VerificationRun(cases: cases).run(on: backend) { failures += $0.failures }
      return failures.isEmpty && !backend.pathsTaken.contains(path) ? ["it does not fit this device"] : failures
    } catch {
      return ["\(error)"]
    }
  }
}
