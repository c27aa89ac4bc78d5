import ArgumentParser
import Compute

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "Lists what can compute on this machine.",
    discussion: "The first column is what --device takes; * marks what auto takes.")

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reportingErrors {
      let list = Devices.list()
      defer { if let explanation = list.explanation { Console.print(explanation) } }
      let chosen = try Devices.select("auto")
      let cpu = try CPUBackend().device
      if json {
        print(
          try encodedJSON(
            DeviceList(
              auto: chosen.index.map { "opencl:\($0)" } ?? "cpu", cpu: CPURecord(name: cpu.name, driver: cpu.driver),
              opencl: list.devices.map(DeviceRecord.init))))
        return
      }
      var rows = [["", "device", "name", "units", "MHz", "memory", "local", "driver"]]
      rows.append([chosen.isCPU ? "*" : "", "cpu", cpu.name, "", "", "", "", cpu.driver])
      for device in list.devices {
        rows.append([
          chosen.index == device.index ? "*" : "", "opencl:\(device.index)", "\(device.name) (\(device.kind.rawValue))",
          "\(device.computeUnits)", "\(device.clockMegahertz)",
          "\(decimal(Double(device.globalMemoryBytes) / 0x1p30, 1)) GiB", "\(device.localMemoryBytes / 1024) KiB",
          "\(device.platform), \(device.openCLVersion), \(device.driverVersion)",
        ])
      }
      print(table(rows))
    }
  }
}

/// What `devices --json` prints.
private struct DeviceList: Encodable {
  let auto: String
  let cpu: CPURecord
  let opencl: [DeviceRecord]
}

private struct CPURecord: Encodable {
  let name, driver: String
}

/// An OpenCL device as `devices --json` prints it.
private struct DeviceRecord: Encodable {
  let index: Int
  let kind, name, vendor, platform, driverVersion, openclVersion: String
  let computeUnits, clockMegahertz: Int
  let globalMemoryBytes, localMemoryBytes, maximumAllocationBytes, maximumWorkGroupSize: Int

  init(_ device: OpenCLDeviceDescription) {
    index = device.index
    kind = device.kind.rawValue
    name = device.name
    vendor = device.vendor
    platform = device.platform
    driverVersion = device.driverVersion
    openclVersion = device.openCLVersion
    computeUnits = device.computeUnits
    clockMegahertz = device.clockMegahertz
    globalMemoryBytes = device.globalMemoryBytes
    localMemoryBytes = device.localMemoryBytes
    maximumAllocationBytes = device.maximumAllocationBytes
    maximumWorkGroupSize = device.maximumWorkGroupSize
  }
}

extension Devices.Selection {
  fileprivate var isCPU: Bool { index == nil }
  fileprivate var index: Int? { if case .opencl(let device) = self { device.index } else { nil } }
}
