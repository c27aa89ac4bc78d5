import Compute
import Testing

@Suite struct DeviceSelectionTests {
  static let integrated = OpenCLDeviceDescription(
    index: 0, kind: .gpu, name: "Integrated Graphics", computeUnits: 96, clockMegahertz: 2000, sharesHostMemory: true)
  static let slowCard = OpenCLDeviceDescription(
    index: 1, kind: .gpu, name: "Card S", computeUnits: 20, clockMegahertz: 1000, sharesHostMemory: false)
  static let fastCard = OpenCLDeviceDescription(
    index: 2, kind: .gpu, name: "Card L", computeUnits: 132, clockMegahertz: 1900, sharesHostMemory: false)
  static let processor = OpenCLDeviceDescription(
    index: 3, kind: .cpu, name: "Processor", computeUnits: 192, clockMegahertz: 4000, sharesHostMemory: true)
  static let machine = Devices.List(devices: [integrated, slowCard, fastCard, processor])
  static let processorOnly = Devices.List(devices: [
    OpenCLDeviceDescription(
      index: 0, kind: .cpu, name: "Processor", computeUnits: 192, clockMegahertz: 4000, sharesHostMemory: true)
  ])

  @Test(arguments: [
    ("auto", 2), ("AUTO", 2), ("opencl", 2), ("opencl:1", 1), ("1", 1), ("opencl:card", 2), ("card s", 1),
    ("graphics", 0), ("opencl:PROCESSOR", 3), ("3", 3),
  ]) func `a selector names a device by strength, index or part of its name`(selector: String, index: Int) throws {
    guard case .opencl(let device) = try Devices.select(selector, from: Self.machine) else {
      Issue.record("\(selector) chose the CPU")
      return
    }
    #expect(device.index == index)
  }

  @Test func `a device with its own memory is stronger than a larger one without`() throws {
    let list = Devices.List(devices: [Self.integrated, Self.slowCard])
    guard case .opencl(let device) = try Devices.select("auto", from: list) else {
      Issue.record("chose the CPU")
      return
    }
    #expect(device.name == "Card S")
  }

  @Test func `without a GPU, auto is the CPU and opencl the OpenCL CPU device`() throws {
    guard case .cpu = try Devices.select("auto", from: Self.processorOnly) else {
      Issue.record("auto chose an OpenCL CPU device")
      return
    }
    guard case .opencl = try Devices.select("opencl", from: Self.processorOnly) else {
      Issue.record("opencl chose the CPU path")
      return
    }
  }

  @Test func `cpu is always there`() throws {
    guard case .cpu = try Devices.select("cpu", from: Devices.List()) else {
      Issue.record("cpu chose something else")
      return
    }
  }

  @Test(arguments: ["opencl:7", "9", "opencl:radeon", "radeon", "opencl:", ""])
  func `a wrong name lists what exists`(selector: String) throws {
    let error = try #require(throws: ComputeError.self) { try Devices.select(selector, from: Self.machine) }
    for words in [
      "no device \"\(selector)\"", "cpu", "opencl:0 (Integrated Graphics)", "opencl:2 (Card L)", "opencl:3 (Processor)",
    ] {
      #expect(error.description.contains(words))
    }
  }

  @Test func `an absent library is explained and leaves the CPU`() throws {
    let list = Devices.list(libraryPath: "/nonexistent/libOpenCL.so")
    #expect(list.devices.isEmpty)
    let explanation = try #require(list.explanation)
    #expect(explanation.contains("/nonexistent/libOpenCL.so"))
    #expect(explanation.contains("apt install"))
    guard case .cpu = try Devices.select("auto", from: list) else {
      Issue.record("auto chose a device that is not there")
      return
    }
    let error = try #require(throws: ComputeError.self) { try Devices.select("opencl", from: list) }
    #expect(error.description.contains(explanation))
  }

  @Test func `a library that is not OpenCL is explained`() {
    let list = Devices.list(libraryPath: "libc.so.6")
    #expect(list.devices.isEmpty)
    #expect(list.explanation?.contains("clGetPlatformIDs") == true)
  }
}
