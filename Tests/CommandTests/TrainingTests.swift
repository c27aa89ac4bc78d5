import Foundation
import TestSupport
import Testing

/// Training as its user meets it: one process, killed, interrupted, resumed.
@Suite(.serialized)
struct TrainingTests {
  static let folder = Result { try ScratchFolder() }
  let scratch: ScratchFolder
  let data: String

  init() throws {
    scratch = try Self.folder.get()
    data = scratch.file("data")
    if !FileManager.default.fileExists(atPath: data) {
      let made = try Program.run(["demo", "--make", data, "--playlists", "60", "--songs", "200"])
      try #require(made.status == 0, "\(made.errors)")
    }
  }

  func trainingArguments(_ name: String, _ more: [String] = []) -> [String] {
    [
      "train", data, "--out", scratch.file(name), "--objective", "dissertation", "--device", "cpu", "--hidden", "24",
      "--epochs", "6",
    ]
      + more
  }

  func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  /// The model that a run without interruption makes.
  func wholeModel() throws -> Data {
    let weights = scratch.file("whole/model.safetensors")
    if !FileManager.default.fileExists(atPath: weights) {
      let result = try Program.run(trainingArguments("whole"))
      try #require(result.status == 0, "\(result.errors)")
    }
    return try bytes(weights)
  }

  /// The log without what differs from run to run.
  func losses(_ name: String) throws -> [[String: Double]] {
    try scratch.text("\(name)/log.jsonl").split(separator: "\n").map { line in
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      return object.compactMapValues { $0 as? Double }.filter {
        !["seconds", "sequences_per_second", "seconds_waited_for_batches"].contains($0.key)
      }
    }
  }

  @Test("the same set is made every time, and training leaves a whole model folder and a log of one object an epoch")
  func wholeRun() throws {
    let again = scratch.file("again")
    #expect(try Program.run(["demo", "--make", again, "--playlists", "60", "--songs", "200"]).status == 0)
    for file in ["tracks.csv", "playlists.csv", "playlist_meta.csv"] {
      #expect(try bytes("\(again)/\(file)") == bytes("\(data)/\(file)"))
    }
    _ = try wholeModel()
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("whole")).sorted()
    #expect(
      names == [
        "README.md", "catalogue.index", "catalogue.search", "catalogue.songs", "checkpoint", "config.json", "log.jsonl",
        "metrics.json",
        "model.safetensors", "train.pids", "train.playlists",
      ])
    let lines = try scratch.text("whole/log.jsonl").split(separator: "\n")
    #expect(lines.count == 6)
    let keys = [
      "epoch", "loss", "regression_loss", "key_loss", "mode_loss", "time_signature_loss", "val_loss", "seconds",
      "sequences_per_second", "seconds_waited_for_batches", "device",
    ]
    for line in lines {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      for key in keys { #expect(object[key] != nil, "\(key)") }
    }
    #expect(try losses("whole")[5]["loss"]! < losses("whole")[0]["loss"]!)
  }

  @Test("a run killed again and again goes on to the same bits, and the log holds each epoch once")
  func killed() throws {
    let whole = try wholeModel()
    let arguments = trainingArguments("killed", ["--checkpoint-every", "1"])
    var finished = false
    for attempt in 0..<40 where !finished {
      let run = try Program.start(arguments + (attempt > 0 ? ["--resume"] : []))  // even before the first checkpoint
      usleep(UInt32(40_000 + 25_000 * (attempt % 7)))
      if attempt < 25 { kill(run.process.processIdentifier, SIGKILL) }
      let result = run.wait()
      finished = result.status == 0
      #expect(result.status == 0 || result.status == -SIGKILL, "\(result.errors)")
    }
    #expect(finished)
    #expect(try bytes(scratch.file("killed/model.safetensors")) == whole)
    #expect(try losses("killed") == losses("whole"))
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch.file("killed"))
    #expect(left.count { !$0.hasSuffix(".tmp") } == 11)
  }

  @Test("where hardly a song stands in two playlists, that is said")
  func littleToLearn() throws {
    let folder = try ScratchFolder()
    let features =
      "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
      + "time_signature,valence"
    let songs = (0..<40).map { "t\($0),S,A,0.1,0.5,200000,0.5,0,1,0.1,-8,1,0.1,120,4,0.5\n" }.joined()
    try folder.write("track_id,track_name,artist_name,\(features)\n" + songs, to: "tracks.csv")
    for (step, isSaid) in [(4, true), (1, false)] {
      let rows = (0..<10).flatMap { pid in (0..<4).map { "\(pid),\($0),t\(pid * step + $0)\n" } }
      try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
      let result = try Program.run([
        "train", folder.path, "--out", folder.file("model"), "--without", "decoder,re-ranking", "--epochs", "1",
        "--hidden", "4", "--device", "cpu",
      ])
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.errors.contains("there is little to learn of what is played together") == isSaid, "\(result.errors)")
    }
  }

  @Test("Ctrl-C saves after the step, exits with 130 and prints the command that ends at the same bits")
  func interrupted() throws {
    let whole = try wholeModel()
    let run = try Program.start(trainingArguments("interrupted"))
    let log = scratch.file("interrupted/log.jsonl")
    let deadline = Date(timeIntervalSinceNow: 20)
    while Date() < deadline, (try? bytes(log).isEmpty) ?? true { usleep(2000) }
    kill(run.process.processIdentifier, SIGINT)
    let result = run.wait()
    if result.status == 0 { return }  // finished before the signal came
    #expect(result.status == 130)
    #expect(
      result.errors.contains(
        "go on with: segue train \(data) --out \(scratch.file("interrupted")) --resume --device cpu"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("interrupted/model.safetensors")))
    #expect(
      try Program.run(["train", data, "--out", scratch.file("interrupted"), "--device", "cpu", "--resume"]).status == 0)
    #expect(try bytes(scratch.file("interrupted/model.safetensors")) == whole)
    #expect(try losses("interrupted") == losses("whole"))
  }

  @Test("a resumed run refuses other settings and another dataset")
  func otherSettings() throws {
    _ = try wholeModel()
    let base = ["train", data, "--out", scratch.file("whole"), "--resume", "--device", "cpu"]
    let other = try Program.run(base + ["--learning-rate", "0.5"])
    #expect(other.status == 64 && other.errors.contains("--learning-rate"))
    let dataset = scratch.file("other")
    _ = try Program.run(["demo", "--make", dataset, "--playlists", "61", "--songs", "200"])
    let foreign = try Program.run(["train", dataset, "--out", scratch.file("whole"), "--resume", "--device", "cpu"])
    #expect(foreign.status == 65 && foreign.errors.contains("not the dataset"))
    let fewer = try Program.run(base + ["--epochs", "2"])
    #expect(fewer.status == 64 && fewer.errors.contains("already in epoch 6"))
  }

  @Test(
    "a disk that fills up while a checkpoint is saved leaves the last one whole",
    .enabled(if: getuid() == 0 && SmallDisk.isPossible, "needs the right to mount a small tmpfs"))
  func fullDisk() throws {
    let disk = try SmallDisk(at: scratch.file("disk"), kilobytes: 400)
    defer { disk.remove() }
    let out = "\(disk.path)/model"
    let arguments = [
      "train", data, "--out", out, "--objective", "dissertation", "--device", "cpu", "--hidden", "64", "--epochs", "3",
      "--split", "1,0,0",
    ]
    let first = try Program.run(arguments)
    #expect(first.status == 73, "\(first.errors)")
    #expect(first.errors.contains("No space left on device") && first.errors.contains("Free some space"))
    try disk.resize(kilobytes: 700)  // room for one checkpoint of 400 KB, not for two
    #expect(try Program.run(arguments + ["--resume"]).status == 73)
    let kept = try bytes("\(out)/checkpoint/state.safetensors")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(out)/checkpoint") == ["state.safetensors"])
    #expect(!kept.isEmpty)
    try disk.resize(kilobytes: 20_000)
    let last = try Program.run(arguments + ["--resume"])
    #expect(last.status == 0, "\(last.errors)")
  }

  @Test("a folder with other people's files is left alone, and two runs do not share one")
  func otherFiles() throws {
    let notes = scratch.file("notes")
    try FileManager.default.createDirectory(atPath: notes, withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: URL(filePath: notes + "/README.md"))
    let refused = try Program.run(["train", data, "--out", notes, "--device", "cpu", "--hidden", "8", "--epochs", "1"])
    #expect(refused.status == 73 && refused.errors.contains("README.md"))
    #expect(try scratch.text("notes/README.md") == "mine")
    #expect(try FileManager.default.contentsOfDirectory(atPath: notes) == ["README.md"])
    #expect(try Program.run(["train", data, "--out", ""]).status == 64)

    let shared = [
      "train", data, "--out", scratch.file("shared"), "--objective", "dissertation", "--device", "cpu", "--hidden",
      "32", "--epochs", "60",
    ]
    let first = try Program.start(shared)
    let deadline = Date(timeIntervalSinceNow: 20)
    while Date() < deadline, !FileManager.default.fileExists(atPath: scratch.file("shared/log.jsonl")) { usleep(2000) }
    let second = try Program.run(shared)
    #expect(second.status == 73 && second.errors.contains("another run"))
    kill(first.process.processIdentifier, SIGINT)
    _ = first.wait()
  }

  @Test("a learning rate that leads to infinity is told before anything false is logged")
  func divergence() throws {
    let arguments = [
      "train", data, "--out", scratch.file("diverged"), "--objective", "dissertation", "--device", "cpu", "--hidden",
      "8",
    ]
    let result = try Program.run(arguments + ["--epochs", "2", "--learning-rate", "1e6"])
    guard result.status != 0 else { return }
    #expect(result.status == 65 && result.errors.contains("--learning-rate"))
    #expect(!(try scratch.text("diverged/log.jsonl")).contains("nan"))
  }

  @Test("a log may go to a device, which stays one, or through a link, which stays one")
  func otherLogs() throws {
    let arguments = [
      "train", data, "--out", scratch.file("logged"), "--objective", "dissertation", "--device", "cpu", "--hidden", "8",
      "--epochs", "2",
    ]
    #expect(try Program.run(arguments + ["--log", "/dev/null"]).status == 0)
    let checkpoint = try bytes(scratch.file("logged/checkpoint/state.safetensors"))
    let refused = try Program.run(arguments + ["--seed", "9", "--log", scratch.file("nowhere/log.jsonl")])
    #expect(refused.status == 73 && refused.errors.contains("nowhere/log.jsonl"))
    #expect(try bytes(scratch.file("logged/checkpoint/state.safetensors")) == checkpoint)
    let kind = try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
    #expect(kind == .typeCharacterSpecial)
    try scratch.write("old\n", to: "target.jsonl")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("link.jsonl"), withDestinationPath: scratch.file("target.jsonl"))
    #expect(try Program.run(arguments + ["--log", scratch.file("link.jsonl")]).status == 0)
    #expect(try scratch.text("target.jsonl").split(separator: "\n").count == 2)
  }

  @Test("a log may go to standard output, redirected into a file or not, and go on there")
  func logOnStandardOutput() throws {
    let arguments = [
      "train", data, "--out", scratch.file("told"), "--objective", "dissertation", "--device", "cpu", "--hidden", "8",
      "--log", "/dev/stdout",
    ]
    let result = try Program.run(arguments + ["--epochs", "2"])  // whose standard output is a file
    #expect(result.status == 0 && result.output.split(separator: "\n").count == 2, "\(result.errors)")
    // One file for both outputs, with what was there before.
    let all = try scratch.write("old\n", to: "all.txt")
    let more = try Program.run(
      arguments + ["--epochs", "3", "--resume"], launcher: ["sh", "-c", "exec \"$@\" >>'\(all)' 2>&1", "sh"])
    let text = try scratch.text("all.txt")
    #expect(more.status == 0 && text.hasPrefix("old\n") && text.contains("model saved"))
    #expect(text.split(separator: "\n").filter { $0.hasPrefix("{\"epoch\":3,") }.count == 1, "\(text)")
    let piped = try Program.run(
      arguments + ["--epochs", "4", "--resume"], launcher: ["sh", "-c", "\"$@\" | cat", "sh"])
    #expect(piped.output.hasPrefix("{\"epoch\":4,") && piped.output.split(separator: "\n").count == 1)
  }

  @Test(
    "a result that cannot be written is an error", .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func fullOutput() throws {
    let result = try Program.run(["devices"], launcher: ["sh", "-c", "exec \"$@\" >/dev/full", "sh"])
    #expect(result.status == 73 && result.errors.contains("standard output"))
  }

  @Test("exit statuses tell usage, input, device and output apart")
  func statuses() throws {
    let out = scratch.file("never")
    #expect(try Program.run(["train", data]).status == 64)
    #expect(try Program.run(["train", data, "--out", out, "--epochs", "0"]).status == 64)
    #expect(try Program.run(["train", data, "--out", out, "--split", "1,2,3,4"]).status == 64)
    #expect(try Program.run(["train", scratch.file("nowhere"), "--out", out]).status == 65)
    let device = try Program.run(["train", data, "--out", out, "--device", "opencl:no such card"])
    #expect(device.status == 69 && device.errors.contains("There are: cpu"))
    let output = try Program.run(["train", data, "--out", "/proc/never", "--device", "cpu"])
    #expect(output.status == 73 && output.errors.contains("/proc/never"))
    #expect(!FileManager.default.fileExists(atPath: out))
  }
}

/// A file system of a few hundred kilobytes.
struct SmallDisk {
  let path: String

  /// Whether this process may mount one.
  static let isPossible: Bool = {
    let path = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString)").path
    guard let disk = try? SmallDisk(at: path, kilobytes: 64) else { return false }
    disk.remove()
    return true
  }()

  init(at path: String, kilobytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(kilobytes)k") == 0 else {
      throw CocoaError(.fileWriteNoPermission)
    }
  }

  func resize(kilobytes: Int) throws {
    guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kilobytes)k") == 0 else {
      throw CocoaError(.fileWriteUnknown)
    }
  }

  func remove() {
    umount(path)
    try? FileManager.default.removeItem(atPath: path)
  }
}
