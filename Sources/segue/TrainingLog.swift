import Files
import Glibc
import Learning

/// The JSONL log of a run: one object for each epoch, and nothing else.
struct TrainingLog {
  let path: String
  let device: String
  let lossNames: [String]

  /// Throws unless the file can be written: asked before anything of an older run is replaced.
  func check() throws {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard access(access(path, F_OK) == 0 ? path : folder, W_OK) == 0 else {
      throw OutputError(call: "access", path: path, code: errno)
    }
  }

  /// Starts the file: cut to the epochs that the checkpoint knows, empty for a new run. A stream is left as it is.
  func start(keeping epochs: Int) throws {
    guard !AtomicFile.isStream(path) else { return }
    var kept = ""
    if epochs > 0, access(path, F_OK) == 0 {
      let lines = try MappedFile.text(path: path).split(separator: "\n").prefix(epochs)
      kept = lines.map { $0 + "\n" }.joined()
    }
    try AtomicFile.write(kept, to: path)
  }

  /// - Parameter waited: seconds of the epoch in which training steps waited for their batches.
  func append(_ record: EpochRecord, waited: Double) throws {
    let file = try AtomicFile.openForAppending(path)
    defer { close(file) }
    let line = Array((json(record, waited) + "\n").utf8)
    // A device or a pipe has nothing to flush and says EINVAL.
    guard write(file, line, line.count) == line.count, fsync(file) == 0 || errno == EINVAL else {
      throw OutputError(call: "write", path: path, code: errno)
    }
  }

  private func json(_ record: EpochRecord, _ waited: Double) -> String {
    var fields = ["\"epoch\":\(record.epoch)"] + Self.losses(record, lossNames: lossNames)
    fields += [
      "\"seconds\":\(decimal(record.seconds, 3))",
      "\"sequences_per_second\":\(decimal(record.sequencesPerSecond, 2))",
      "\"seconds_waited_for_batches\":\(decimal(waited, 3))", "\"device\":\(jsonString(device))",
    ]
    return "{" + fields.joined(separator: ",") + "}"
  }

  /// Names and values of an epoch's losses as JSON members: total, each head, validation total, each head.
  static func losses(_ record: EpochRecord, lossNames: [String]) -> [String] {
    var fields = ["\"loss\":\(record.loss)"]
    fields += zip(lossNames, record.headLosses).map { "\"\($0)_loss\":\($1)" }
    fields.append("\"val_loss\":\(record.validationLoss.map { "\($0)" } ?? "null")")
    if let losses = record.validationHeadLosses {
      fields += zip(lossNames, losses).map { "\"val_\($0)_loss\":\($1)" }
    }
    return fields
  }
}
