import Compute
import TestSupport
import Testing

@Suite(.enabled(if: !Devices.list().devices.isEmpty, "no OpenCL device"))
struct OpenCLProgramTests {
  static let source = "kernel void twice(global float *x) { x[get_global_id(0)] *= 2.0f; }\n"

  @Test(arguments: Devices.list().devices) func `a failed build carries the compiler's log`(
    device: OpenCLDeviceDescription
  ) throws {
    let error = try #require(throws: ComputeError.self) {
      try OpenCLRuntime.build(
        source: "kernel void broken(global float *x) { x[0] = undeclared_name; }", for: device,
        cache: ProgramCache(folder: nil))
    }
    #expect(error.description.contains("clBuildProgram: CL_BUILD_PROGRAM_FAILURE"))
    #expect(error.description.contains("undeclared_name"))
  }

  @Test(arguments: Devices.list().devices) func `the second build comes from the cache`(
    device: OpenCLDeviceDescription
  ) throws {
    let folder = try ScratchFolder()
    let cache = ProgramCache(folder: folder.file("made/on/demand"))
    #expect(try OpenCLRuntime.build(source: Self.source, for: device, cache: cache).origin == .source)
    #expect(try OpenCLRuntime.build(source: Self.source, for: device, cache: cache).origin == .cache)
    let other = try OpenCLRuntime.build(source: Self.source, options: "-D OTHER=1", for: device, cache: cache)
    #expect(other.origin == .source)
    let changed = try OpenCLRuntime.build(source: Self.source + "// changed", for: device, cache: cache)
    #expect(changed.origin == .source)
  }

  @Test(arguments: Devices.list().devices) func `a damaged binary is compiled again and replaced`(
    device: OpenCLDeviceDescription
  ) throws {
    let folder = try ScratchFolder()
    let cache = ProgramCache(folder: folder.path)
    let path = try #require(cache.path(of: device, source: Self.source))
    _ = try OpenCLRuntime.build(source: Self.source, for: device, cache: cache)
    let name = String(path.dropFirst(folder.path.count + 1))
    let whole = try folder.bytes(name)
    for damaged in [Array(whole.dropLast(9)), Array(whole.prefix(20)), [], whole.dropLast() + [whole.last! ^ 1]] {
      try folder.write(damaged, to: name)
      #expect(try OpenCLRuntime.build(source: Self.source, for: device, cache: cache).origin == .source)
      #expect(try OpenCLRuntime.build(source: Self.source, for: device, cache: cache).origin == .cache)
    }
  }

  @Test(arguments: Devices.list().devices) func `a cache that cannot be written does not stop a build`(
    device: OpenCLDeviceDescription
  ) throws {
    let folder = try ScratchFolder()
    let cache = ProgramCache(folder: try folder.write("a file, not a folder", to: "cache"))
    for _ in 0..<2 {
      #expect(try OpenCLRuntime.build(source: Self.source, for: device, cache: cache).origin == .source)
    }
  }
}
