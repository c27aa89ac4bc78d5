internal import COpenCL
internal import Glibc

/// The OpenCL loader, opened at run time and never linked, so that the same program also runs where nobody has heard of
/// OpenCL. The loader itself honours `OCL_ICD_VENDORS` and finds the drivers.
///
/// `@unchecked Sendable`: the table is written once in `init`, and OpenCL's functions may be called from any thread;
/// the exception, `clSetKernelArg`, is confined to the backend that owns the kernel.
final class OpenCLLibrary: @unchecked Sendable {
  let cl: OpenCLFunctions

  /// The library of this process: `SEGUE_OPENCL_LIBRARY`, else one that was loaded before the program (Oclgrind works
  /// that way), else `libOpenCL.so.1`.
  static let shared = Result { () throws(ComputeError) in
    if let path = getenv("SEGUE_OPENCL_LIBRARY"), path.pointee != 0 {
      return try OpenCLLibrary(path: String(cString: path))
    }
    return try OpenCLLibrary(path: dlsym(nil, "clGetPlatformIDs") == nil ? "libOpenCL.so.1" : nil)
  }

  /// - Parameter path: what to open; nil for what the process already holds.
  /// - Throws: `ComputeError` when the library is absent or lacks a function of OpenCL 1.2.
  init(path: String?) throws(ComputeError) {
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw ComputeError(
        call: "dlopen", reason: dlerror().map { String(cString: $0) } ?? path ?? "",
        remedy: "Install an OpenCL loader (Debian, Ubuntu: apt install ocl-icd-libopencl1) and your device's driver, "
          + "or name the library in SEGUE_OPENCL_LIBRARY")
    }

    func entry<Function>(_ name: String) throws(ComputeError) -> Function {
      guard let address = dlsym(library, name) else {
        throw ComputeError(
          call: "dlsym", reason: "\(path ?? "the OpenCL library") has no \(name)",
          remedy: "OpenCL 1.2 is the oldest version that works")
      }
      return unsafeBitCast(address, to: Function.self)
    }

    cl = OpenCLFunctions(
      getPlatformIDs: try entry("clGetPlatformIDs"),
      getPlatformInfo: try entry("clGetPlatformInfo"),
      getDeviceIDs: try entry("clGetDeviceIDs"),
      getDeviceInfo: try entry("clGetDeviceInfo"),
      createContext: try entry("clCreateContext"),
      releaseContext: try entry("clReleaseContext"),
      createCommandQueue: try entry("clCreateCommandQueue"),
      releaseCommandQueue: try entry("clReleaseCommandQueue"),
      createBuffer: try entry("clCreateBuffer"),
      releaseMemObject: try entry("clReleaseMemObject"),
      createProgramWithSource: try entry("clCreateProgramWithSource"),
      createProgramWithBinary: try entry("clCreateProgramWithBinary"),
      buildProgram: try entry("clBuildProgram"),
      getProgramInfo: try entry("clGetProgramInfo"),
      getProgramBuildInfo: try entry("clGetProgramBuildInfo"),
      releaseProgram: try entry("clReleaseProgram"),
      createKernel: try entry("clCreateKernel"),
      releaseKernel: try entry("clReleaseKernel"),
      setKernelArg: try entry("clSetKernelArg"),
      getKernelWorkGroupInfo: try entry("clGetKernelWorkGroupInfo"),
      enqueueNDRangeKernel: try entry("clEnqueueNDRangeKernel"),
      enqueueReadBuffer: try entry("clEnqueueReadBuffer"),
      enqueueWriteBuffer: try entry("clEnqueueWriteBuffer"),
      getEventInfo: try entry("clGetEventInfo"),
      waitForEvents: try entry("clWaitForEvents"),
      releaseEvent: try entry("clReleaseEvent"),
      flush: try entry("clFlush"),
      finish: try entry("clFinish"))
  }
}
