internal import COpenCL

/// Turns the status of an OpenCL call into an error that names the call, the status, and what was asked.
/// - Parameters:
///   - call: the OpenCL function.
///   - asked: what was asked of it and what there was; evaluated only on failure.
func check(_ status: cl_int, _ call: String, asked: @autoclosure () -> String = "") throws(ComputeError) {
  guard status != CL_SUCCESS else { return }
  let asked = asked()
  let name = OpenCLStatus.name(status)
  throw ComputeError(
    call: call, reason: asked.isEmpty ? name : "\(name) (\(asked))", remedy: OpenCLStatus.remedy(status))
}

enum OpenCLStatus {
  /// What `clGetPlatformIDs` answers when the loader knows no driver (cl_khr_icd).
  static let platformNotFound: cl_int = -1001

  static func name(_ status: cl_int) -> String {
    names[status].map { "\($0), status \(status)" } ?? "unknown status \(status)"
  }

  /// What the user can do about it, empty when it is not the user's doing.
  static func remedy(_ status: cl_int) -> String {
    switch status {
    case CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY:
      "Out of memory: take a smaller batch, shorter playlists or fewer hidden units"
    case CL_OUT_OF_RESOURCES:
      "The device ran out of memory or registers, or was lost: take a smaller batch, or see the kernel log (dmesg)"
    case CL_DEVICE_NOT_AVAILABLE, CL_INVALID_COMMAND_QUEUE, CL_INVALID_CONTEXT, -9999:
      "The device was lost: see the kernel log (dmesg), then resume from the last checkpoint"
    default: ""
    }
  }

  private static let names: [cl_int: String] = [
    -1: "CL_DEVICE_NOT_FOUND", -2: "CL_DEVICE_NOT_AVAILABLE", -3: "CL_COMPILER_NOT_AVAILABLE",
    -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE", -5: "CL_OUT_OF_RESOURCES", -6: "CL_OUT_OF_HOST_MEMORY",
    -7: "CL_PROFILING_INFO_NOT_AVAILABLE", -8: "CL_MEM_COPY_OVERLAP", -9: "CL_IMAGE_FORMAT_MISMATCH",
    -10: "CL_IMAGE_FORMAT_NOT_SUPPORTED", -11: "CL_BUILD_PROGRAM_FAILURE", -12: "CL_MAP_FAILURE",
    -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET", -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
    -15: "CL_COMPILE_PROGRAM_FAILURE", -16: "CL_LINKER_NOT_AVAILABLE", -17: "CL_LINK_PROGRAM_FAILURE",
    -18: "CL_DEVICE_PARTITION_FAILED", -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
    -30: "CL_INVALID_VALUE", -31: "CL_INVALID_DEVICE_TYPE", -32: "CL_INVALID_PLATFORM", -33: "CL_INVALID_DEVICE",
    -34: "CL_INVALID_CONTEXT", -35: "CL_INVALID_QUEUE_PROPERTIES", -36: "CL_INVALID_COMMAND_QUEUE",
    -37: "CL_INVALID_HOST_PTR", -38: "CL_INVALID_MEM_OBJECT", -40: "CL_INVALID_IMAGE_SIZE",
    -42: "CL_INVALID_BINARY", -43: "CL_INVALID_BUILD_OPTIONS", -44: "CL_INVALID_PROGRAM",
    -45: "CL_INVALID_PROGRAM_EXECUTABLE", -46: "CL_INVALID_KERNEL_NAME", -47: "CL_INVALID_KERNEL_DEFINITION",
    -48: "CL_INVALID_KERNEL", -49: "CL_INVALID_ARG_INDEX", -50: "CL_INVALID_ARG_VALUE", -51: "CL_INVALID_ARG_SIZE",
    -52: "CL_INVALID_KERNEL_ARGS", -53: "CL_INVALID_WORK_DIMENSION", -54: "CL_INVALID_WORK_GROUP_SIZE",
    -55: "CL_INVALID_WORK_ITEM_SIZE", -56: "CL_INVALID_GLOBAL_OFFSET", -57: "CL_INVALID_EVENT_WAIT_LIST",
    -58: "CL_INVALID_EVENT", -59: "CL_INVALID_OPERATION", -61: "CL_INVALID_BUFFER_SIZE",
    -63: "CL_INVALID_GLOBAL_WORK_SIZE", -64: "CL_INVALID_PROPERTY", -66: "CL_INVALID_COMPILER_OPTIONS",
    -67: "CL_INVALID_LINKER_OPTIONS", -1001: "CL_PLATFORM_NOT_FOUND_KHR", -9999: "NVIDIA: illegal memory access",
  ]
}
