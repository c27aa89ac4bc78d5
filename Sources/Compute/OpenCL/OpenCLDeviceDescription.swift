internal import COpenCL

/// One OpenCL device and what its driver says of it.
package struct OpenCLDeviceDescription: Sendable {
  package enum Kind: String, Sendable {
    case gpu = "GPU"
    case cpu = "CPU"
    case accelerator, custom
  }

  /// Position in the list of all devices of all platforms, what `opencl:INDEX` names.
  package let index: Int
  package let kind: Kind
  package let name: String
  package let vendor: String
  package let platform: String
  package let driverVersion: String
  /// For example "OpenCL 3.0 CUDA".
  package let openCLVersion: String
  package let computeUnits: Int
  package let clockMegahertz: Int
  package let sharesHostMemory: Bool
  package let globalMemoryBytes: Int
  package let localMemoryBytes: Int
  package let maximumAllocationBytes: Int
  package let maximumWorkGroupSize: Int
  /// How work-groups of one launch can hand data to each other.
  package let exchange: Exchange

  /// How to reach it; nil in a description that no driver made, which can be compared and selected but not used.
  let access: Access?

  struct Access: Sendable {
    let library: OpenCLLibrary
    nonisolated(unsafe) let handle: OpaquePointer  // a cl_device_id, immutable and valid as long as the process lives
  }

  /// A device that no driver made, for tests of what is chosen on which device.
  package init(
    index: Int, kind: Kind, name: String, computeUnits: Int, clockMegahertz: Int, sharesHostMemory: Bool,
    maximumWorkGroupSize: Int = 0, localMemoryBytes: Int = 0, exchange: Exchange = .none
  ) {
    self.index = index
    self.kind = kind
    self.name = name
    self.computeUnits = computeUnits
    self.clockMegahertz = clockMegahertz
    self.sharesHostMemory = sharesHostMemory
    (vendor, platform, driverVersion, openCLVersion) = ("", "", "", "")
    (globalMemoryBytes, maximumAllocationBytes) = (0, 0)
    self.maximumWorkGroupSize = maximumWorkGroupSize
    self.localMemoryBytes = localMemoryBytes
    self.exchange = exchange
    access = nil
  }

  package var isGPU: Bool { kind == .gpu }
  /// Work-groups that may be expected, though nobody promises it, to run beside each other: one on each compute unit. On
  /// CPUs half as many, because PoCL gives two to a thread that could have one; on Intel's GPUs a quarter, because there a
  /// unit is a vector engine, of which a work-group needs several.
  package var coResidentWorkGroups: Int {
    switch kind {
    case .gpu: vendor.hasPrefix("Intel") ? computeUnits / 4 : computeUnits
    default: computeUnits / 2
    }
  }
  /// An interpreter that looks for races and uninitialised memory, which must not be led astray.
  var isOclgrind: Bool { platform == "Oclgrind" }

  /// True when this device is weaker: devices with memory of their own win, then compute units × clock.
  func isWeaker(than other: Self) -> Bool {
    if sharesHostMemory != other.sharesHostMemory { return sharesHostMemory }
    return computeUnits * clockMegahertz < other.computeUnits * other.clockMegahertz
  }

  /// Everything that decides whether a compiled program fits this device.
  var identity: String {
    [platform, vendor, name, driverVersion, openCLVersion].joined(separator: "\n")
  }

  package var device: Device {
    Device(kind: .opencl(index: index, isGPU: isGPU), name: name, driver: "\(platform), \(driverVersion)")
  }
}

extension OpenCLDeviceDescription {
  /// Asks the driver about `device`.
  /// - Returns: nil when the device is switched off or its driver brings no compiler.
  init?(library: OpenCLLibrary, handle device: OpaquePointer, platform: String, index: Int) throws(ComputeError) {
    func number<Value: FixedWidthInteger>(_ property: Int32, _: Value.Type) throws(ComputeError) -> Int {
      var value: Value = 0
      try check(
        library.cl.getDeviceInfo(device, cl_device_info(property), MemoryLayout<Value>.size, &value, nil),
        "clGetDeviceInfo", asked: "property \(property)")
      return Int(clamping: value)
    }
    func text(_ property: Int32) throws(ComputeError) -> String {
      try library.text("clGetDeviceInfo") {
        library.cl.getDeviceInfo(device, cl_device_info(property), $0, $1, $2)
      }
    }
    let available = try number(CL_DEVICE_AVAILABLE, cl_bool.self) != 0
    guard try number(CL_DEVICE_COMPILER_AVAILABLE, cl_bool.self) != 0 && available else { return nil }

    let type = try number(CL_DEVICE_TYPE, cl_device_type.self)
    kind =
      switch type {
      case let type where type & Int(CL_DEVICE_TYPE_GPU) != 0: .gpu
      case let type where type & Int(CL_DEVICE_TYPE_CPU) != 0: .cpu
      case let type where type & Int(CL_DEVICE_TYPE_ACCELERATOR) != 0: .accelerator
      default: .custom
      }
    self.index = index
    self.platform = platform
    access = Access(library: library, handle: device)
    name = try text(CL_DEVICE_NAME)
    vendor = try text(CL_DEVICE_VENDOR)
    driverVersion = try text(CL_DRIVER_VERSION)
    openCLVersion = try text(CL_DEVICE_VERSION)
    computeUnits = try number(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint.self)
    clockMegahertz = try number(CL_DEVICE_MAX_CLOCK_FREQUENCY, cl_uint.self)
    sharesHostMemory = try number(CL_DEVICE_HOST_UNIFIED_MEMORY, cl_bool.self) != 0
    globalMemoryBytes = try number(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong.self)
    localMemoryBytes = try number(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong.self)
    maximumAllocationBytes = try number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong.self)
    maximumWorkGroupSize = try number(CL_DEVICE_MAX_WORK_GROUP_SIZE, Int.self)
    exchange =
      if platform == "NVIDIA CUDA" {
        .ptx
      } else if openCLVersion.hasPrefix("OpenCL 2") {
        .atomics
      } else if openCLVersion.hasPrefix("OpenCL 3") {
        // A device of version 3 may leave them out.
        try number(CL_DEVICE_ATOMIC_MEMORY_CAPABILITIES, cl_device_atomic_capabilities.self)
          & Int(CL_DEVICE_ATOMIC_ORDER_ACQ_REL | CL_DEVICE_ATOMIC_SCOPE_DEVICE)
          == Int(CL_DEVICE_ATOMIC_ORDER_ACQ_REL | CL_DEVICE_ATOMIC_SCOPE_DEVICE) ? .atomics : .none
      } else {
        .none
      }
  }
}

extension OpenCLLibrary {
  /// A string property: `query` is called for the size, then for the bytes. Runs of white space become one blank,
  /// unless lines are to be kept.
  func text(
    _ call: String, keepLines: Bool = false,
    _ query: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> cl_int
  ) throws(ComputeError) -> String {
    var size = 0
    try check(query(0, nil, &size), call)
    var bytes = [UInt8](repeating: 0, count: size)
    try check(bytes.withUnsafeMutableBytes { query(size, $0.baseAddress, nil) }, call)
    let end = bytes.firstIndex(of: 0) ?? bytes.count
    let text = String(decoding: bytes[..<end], as: UTF8.self)
    return keepLines ? text : text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
