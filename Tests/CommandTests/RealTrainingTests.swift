import Foundation
import TestSupport
import Testing

/// Training on real playlists, beside what Keras 3.15 reached on the same ones.
@Suite(.serialized, .enabled(if: SharedFolder.hasPlaylists, "the folder of real playlists is absent: set SEGUE_SHARED"))
struct RealTrainingTests {
  static let data = SharedFolder.path + "/data/mpd"

  func train(_ name: String, in folder: ScratchFolder, _ more: [String]) throws -> [[String: Double]] {
    let result = try Program.run(
      ["train", Self.data, "--out", folder.file(name), "--padding", "keras", "--padded-length", "245"] + more)
    try #require(result.status == 0, "\(result.errors)")
    return try folder.text("\(name)/log.jsonl").split(separator: "\n").map { line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return object.compactMapValues { $0 as? Double }
    }
  }

  @Test("1,000 playlists and 20 epochs end where Keras ends, and the original decoder gives everybody the same songs")
  func kerasRun() throws {
    let folder = try ScratchFolder()
    let log = try train(
      "model", in: folder, ["--max-playlists", "1000", "--split", "600,200,200", "--epochs", "20", "--device", "cpu"])
    // Keras 3.15 with the contract's cross-entropy; shown to four digits, hence the half unit of the last.
    let keras: [(epoch: Int, name: String, value: Double)] = [
      (5, "loss", 1.168), (5, "val_loss", 1.183), (10, "loss", 1.160), (10, "val_loss", 1.179), (20, "loss", 1.1525),
      (20, "val_loss", 1.171), (20, "regression_loss", 0.0100), (20, "key_loss", 0.8465), (20, "mode_loss", 0.2190),
      (20, "time_signature_loss", 0.0765),
    ]
    for (epoch, name, value) in keras {
      let ours = try #require(log[epoch - 1][name])
      #expect(abs(ours - value) < 0.02 * value + 0.00005, "epoch \(epoch), \(name): \(ours), Keras \(value)")
    }

    let seeds = try String(decoding: unzipped(Self.data + "/playlists.csv.gz", lines: 4000), as: UTF8.self)
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",")[2] }
    var lists: Set<String> = []
    for start in stride(from: 0, to: 3000, by: 600) {
      let ids = seeds[start..<start + 10].joined(separator: ",")
      let result = try Program.run(
        ["recommend", folder.file("model"), "--tracks", ids, "--count", "2", "--decode", "original", "--json"])
      #expect(result.status == 0, "\(result.errors)")
      let answer = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let songs = try #require(answer["recommendations"] as? [[String: Any]])
      lists.insert(songs.compactMap { $0["track_id"] as? String }.joined(separator: ","))
    }
    #expect(lists.count == 1, "\(lists.count) different lists")
  }

  @Test("128 playlists and two epochs give the same losses on the CPU and on an OpenCL device")
  func openCL() throws {
    let folder = try ScratchFolder()
    let devices = try Program.run(["devices", "--json"])
    let list = try #require(try JSONSerialization.jsonObject(with: Data(devices.output.utf8)) as? [String: Any])
    try #require((list["opencl"] as? [Any])?.isEmpty == false, "no OpenCL device: make setup installs PoCL")
    let settings = ["--max-playlists", "128", "--split", "128,0,0", "--epochs", "2"]
    let cpu = try train("cpu", in: folder, settings + ["--device", "cpu"])
    let openCL = try train("opencl", in: folder, settings + ["--device", "opencl"])
    for (ours, reference) in zip(openCL, cpu) {
      for name in ["loss", "regression_loss", "key_loss", "mode_loss", "time_signature_loss"] {
        let (a, b) = (try #require(ours[name]), try #require(reference[name]))
        #expect(abs(a - b) < 1e-3 * b, "\(name): \(a), CPU \(b)")
      }
    }
  }

  /// The first lines of a gzipped file.
  private func unzipped(_ path: String, lines: Int) throws -> Data {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "gzip -dc \"$1\" | head -n \(lines)", "sh", path]
    process.standardOutput = pipe
    try process.run()
    defer { process.waitUntilExit() }
    return pipe.fileHandleForReading.readDataToEndOfFile()
  }
}
