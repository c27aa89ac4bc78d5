/// Something that can compute: the CPU, or one OpenCL device.
package struct Device: Sendable {
  package enum Kind: Sendable, Equatable {
    case cpu
    /// - index: position in the list of all OpenCL devices of all platforms.
    case opencl(index: Int, isGPU: Bool)
  }
  package let kind: Kind
  /// As the vendor writes it.
  package let name: String
  /// Driver and version with the OpenCL platform; on the CPU whose kernels compute: ours, or OpenBLAS with its build.
  package let driver: String

  package init(kind: Kind, name: String, driver: String) {
    self.kind = kind
    self.name = name
    self.driver = driver
  }
}
