import TestSupport
import Testing

/// `segue demo` on folders that hold something already, and what its numbers are called.
@Suite struct DemoCommandTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  @Test func `demo uses only a synthetic set of the sizes asked for`() throws {
    let made = try Program.run(["demo", "--make", folder.file("data"), "--playlists", "30", "--songs", "40"])
    #expect(made.status == 0, "\(made.errors)")
    for flags in [["--playlists", "31"], ["--songs", "41"]] {
      let other = try Program.run(["demo", "--out", folder.path] + flags)
      #expect(other.status == 64 && other.errors.contains("\(flags[0]) \(flags[1]) contradicts the set"))
    }
    let tracks = try folder.text("data/tracks.csv").replacing(",synthetic\n", with: ",features.csv\n")
    try folder.write(tracks, to: "data/tracks.csv")
    let real = try Program.run(["demo", "--out", folder.path])
    #expect(real.status == 73 && real.errors.contains("not synthetic. Choose another folder"), "\(real.errors)")
    #expect(try folder.names() == ["data"])
  }

  @Test func `a set can be made without its slices`() throws {
    for (flags, has) in [([], true), (["--no-slices"], false)] {
      let folder = try ScratchFolder()
      let made = try Program.run(["demo", "--make", folder.file("data"), "--playlists", "30", "--songs", "40"] + flags)
      #expect(made.status == 0, "\(made.errors)")
      #expect(try folder.names(in: "data").contains("slices") == has)
    }
    let alone = try Program.run(["demo", "--no-slices", "--out", folder.path])
    #expect(alone.status == 64 && alone.errors.contains("--no-slices goes with --make"))
  }

  @Test(arguments: [["--songs", "10000001"], ["--playlists", "10000001"], ["--songs", "7"], ["--playlists", "2"]])
  func `demo refuses sizes out of range`(flags: [String]) throws {
    let result = try Program.run(["demo", "--make", folder.file("data")] + flags)
    #expect(result.status == 64 && result.errors.contains("10000000, got \(flags[1])"), "\(result.errors)")
  }

  @Test func `an evaluation on a synthetic set says so everywhere`() throws {
    let (data, model) = (folder.file("data"), folder.file("model"))
    _ = try Program.run(["demo", "--make", data, "--playlists", "30", "--songs", "60"])
    let trained = try Program.run(["train", data, "--out", model, "--device", "cpu", "--epochs", "1", "--hidden", "8"])
    try #require(trained.status == 0, "\(trained.errors)")
    let result = try Program.run([
      "evaluate", model, data, "--methods", "random", "--json", "--report", folder.file("report"),
    ])
    #expect(result.status == 0 && result.errors.contains("synthetic data"), "\(result.errors)")
    #expect(result.output.contains("\"synthetic\" : true"))
    #expect(try folder.text("report/evaluation.md").contains("synthetic data"))
  }
}
