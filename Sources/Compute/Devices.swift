internal import COpenCL
internal import Glibc

/// What can compute on this machine, and how a user names it.
package enum Devices {
  /// What a selector chose.
  package enum Selection: Sendable {
    case cpu
    case opencl(OpenCLDeviceDescription)
  }

  /// All usable OpenCL devices of all platforms, and why something is missing where it is.
  package struct List: Sendable {
    package var devices: [OpenCLDeviceDescription] = []
    /// For `segue doctor`; nil when all is well.
    package var explanation: String?

    package init(devices: [OpenCLDeviceDescription] = [], explanation: String? = nil) {
      self.devices = devices
      self.explanation = explanation
    }
  }

  private static let shared = { () -> List in
    switch OpenCLLibrary.shared {
    case .success(let library): list(library)
    case .failure(let error): List(explanation: error.description)
    }
  }()

  /// Where compiled kernels are kept between runs; nil when there is no place.
  package static var programCacheFolder: String? { ProgramCache.standard.folder }

  /// The devices of this process, asked for once: drivers do not like to be started in parallel.
  package static func list() -> List { shared }

  /// The devices behind another OpenCL library than this process's own.
  package static func list(libraryPath: String) -> List {
    do throws(ComputeError) {
      return list(try OpenCLLibrary(path: libraryPath))
    } catch {
      return List(explanation: error.description)
    }
  }

  /// Chooses a device.
  /// - Parameter selector: `cpu`; `auto`, the strongest OpenCL GPU or else the CPU; `opencl`, the strongest OpenCL
  ///   device of any type; or the index or a part of the name of an OpenCL device, with or without `opencl:` before it.
  ///   Several devices of one name: the strongest. Case does not matter.
  /// - Throws: `ComputeError` that lists what there is.
  package static func select(_ selector: String) throws(ComputeError) -> Selection {
    try select(selector, from: list())
  }

  package static func select(_ selector: String, from list: List) throws(ComputeError) -> Selection {
    let wanted = selector.lowercased()
    let candidates: [OpenCLDeviceDescription]
    switch wanted {
    case "cpu": return .cpu
    case "auto":
      return list.devices.filter(\.isGPU).max { $0.isWeaker(than: $1) }.map(Selection.opencl) ?? .cpu
    case "opencl": candidates = list.devices
    default:
      let name = wanted.hasPrefix("opencl:") ? String(wanted.dropFirst("opencl:".count)) : wanted
      candidates =
        if let index = Int(name) {
          list.devices.filter { $0.index == index }
        } else {
          list.devices.filter { !name.isEmpty && $0.name.lowercased().contains(name) }
        }
    }
    guard let device = candidates.max(by: { $0.isWeaker(than: $1) }) else {
      throw ComputeError(
        call: "device selection", reason: "no device \"\(selector)\"",
        remedy: "There are: cpu" + list.devices.map { ", opencl:\($0.index) (\($0.name))" }.joined()
          + (list.explanation.map { ". \($0)" } ?? ""))
    }
    return .opencl(device)
  }

  private static func list(_ library: OpenCLLibrary) -> List {
    var list = List()
    var notes: [String] = []
    do throws(ComputeError) {
      for platform in try platforms(library) {
        do throws(ComputeError) {  // a platform that fails does not hide the others
          try append(devicesOf: platform, library, to: &list.devices, notes: &notes)
        } catch {
          notes.append(error.description)
        }
      }
    } catch {
      notes.append(error.description)
    }
    if !notes.isEmpty { list.explanation = notes.joined(separator: "; ") }
    return list
  }

  private static func append(
    devicesOf platform: OpaquePointer, _ library: OpenCLLibrary, to devices: inout [OpenCLDeviceDescription],
    notes: inout [String]
  ) throws(ComputeError) {
    let name = try library.text("clGetPlatformInfo") {
      library.cl.getPlatformInfo(platform, cl_platform_info(CL_PLATFORM_NAME), $0, $1, $2)
    }
    let handles = try deviceHandles(of: platform, library)
    if handles.isEmpty { notes.append("\(name): the driver found no device") }
    for handle in handles {
      let device = try OpenCLDeviceDescription(library: library, handle: handle, platform: name, index: devices.count)
      if let device {
        devices.append(device)
      } else {
        notes.append("\(name): a device is switched off or has no compiler")
      }
    }
  }

  private static func platforms(_ library: OpenCLLibrary) throws(ComputeError) -> [OpaquePointer] {
    var count: cl_uint = 0
    let status = library.cl.getPlatformIDs(0, nil, &count)
    guard status != OpenCLStatus.platformNotFound && (status != CL_SUCCESS || count > 0) else {
      let vendors = getenv("OCL_ICD_VENDORS").map { "OCL_ICD_VENDORS=\(String(cString: $0))" }
      throw ComputeError(
        call: "clGetPlatformIDs",
        reason: "the OpenCL loader found no driver in \(vendors ?? "/etc/OpenCL/vendors")",
        remedy: "Install your device's driver; without a GPU, PoCL (Debian, Ubuntu: apt install pocl-opencl-icd) "
          + "runs the kernels on the CPU")
    }
    try check(status, "clGetPlatformIDs")
    var handles = [OpaquePointer?](repeating: nil, count: Int(count))
    try check(library.cl.getPlatformIDs(count, &handles, nil), "clGetPlatformIDs")
    return handles.compactMap { $0 }
  }

  private static func deviceHandles(
    of platform: OpaquePointer, _ library: OpenCLLibrary
  ) throws(ComputeError) -> [OpaquePointer] {
    let all = cl_device_type(0xFFFF_FFFF)  // CL_DEVICE_TYPE_ALL
    var count: cl_uint = 0
    let status = library.cl.getDeviceIDs(platform, all, 0, nil, &count)
    guard status != CL_DEVICE_NOT_FOUND && (status != CL_SUCCESS || count > 0) else { return [] }
    try check(status, "clGetDeviceIDs")
    var handles = [OpaquePointer?](repeating: nil, count: Int(count))
    try check(library.cl.getDeviceIDs(platform, all, count, &handles, nil), "clGetDeviceIDs")
    return handles.compactMap { $0 }
  }
}
