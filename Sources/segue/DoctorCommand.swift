import ArgumentParser
import Compute
import Files
import Glibc
import Tuning

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Says what is there, what is missing, and the command that mends it.")

  func run() throws {
    try reportingErrors {
      let cpu = try CPUBackend().device
      let processors = Processors.count
      report(.good, "CPU", "\(cpu.name) on \(processors) processor\(processors == 1 ? "" : "s"), \(cpu.driver)")

      let list = Devices.list()
      for device in list.devices {
        report(.good, "OpenCL", "opencl:\(device.index) \(device.name) (\(device.kind.rawValue), \(device.platform))")
      }
      if let explanation = list.explanation { report(.note, "OpenCL", explanation) }
      if list.devices.isEmpty {
        report(.note, "OpenCL", "no device: training and recommending run on the CPU, which is complete")
      } else if !list.devices.contains(where: \.isGPU) {
        report(.note, "OpenCL", "no GPU: auto takes the CPU. A GPU needs its vendor's OpenCL driver:")
        report(.note, "", "NVIDIA: the driver's libnvidia-opencl (Debian: apt install nvidia-opencl-icd, of non-free)")
        report(
          .note, "",
          "AMD: apt install mesa-opencl-icd (set RUSTICL_ENABLE=radeonsi), or ROCm's rocm-opencl-runtime from AMD")
        report(.note, "", "Intel: apt install intel-opencl-icd")
      }
      let selector = DeviceOptions.standardSelector
      do {
        switch try Devices.select(selector) {
        case .cpu: report(.good, selector, "takes the CPU")
        case .opencl(let device):
          report(.good, selector, "takes \(device.name); prove it with: segue verify")
          let isTuned = Tuning.stored(for: device) != nil
          report(
            isTuned ? .good : .note, "",
            isTuned
              ? "tuned for this driver" : "not tuned: segue tune --device opencl:\(device.index) may make it faster")
        }
      } catch { report(.bad, "SEGUE_DEVICE", "\(error)") }
      reportCache()
    }
  }

  private enum Mark: String {
    case good = "ok  "
    case note = "note"
    case bad = "FAIL"
  }

  private func report(_ mark: Mark, _ topic: String, _ text: String) {
    print("\(mark.rawValue)  \(padded(topic, 7)) \(text)")
  }

  private func reportCache() {
    guard let folder = Devices.programCacheFolder else {
      report(.note, "cache", "no place for compiled kernels: neither HOME nor SEGUE_CACHE is set")
      return
    }
    do {
      try Folder.make(folder)
    } catch {
      report(.note, "cache", "\(folder) cannot be made: kernels are compiled anew in every run. Set SEGUE_CACHE.")
      return
    }
    if access(folder, W_OK) == 0 {
      report(.good, "cache", "compiled kernels are kept in \(folder)")
    } else {
      report(.note, "cache", "\(folder) cannot be written: kernels are compiled anew in every run. Set SEGUE_CACHE.")
    }
  }
}
