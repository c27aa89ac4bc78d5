import ArgumentParser
import Files
import Glibc
import Music

struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Makes a synthetic set, trains on it, evaluates and recommends.",
    discussion: """
      Everything in the set is invented: moods, artists, songs and playlists that drift between moods. Its numbers say \
      nothing about real music. What the demo runs are ordinary commands, which it prints.
      """)

  @Option(help: ArgumentHelp("Where dataset and model go.", valueName: "folder")) var out = "demo"
  @Option(
    help: ArgumentHelp(
      "Only make a synthetic dataset in this folder, and in its folder slices the same playlists as the Million Playlist "
        + "Dataset writes them.", valueName: "folder"))
  var make: String?
  @Flag(help: "With --make: leave the slices out, which take 33 KB for each playlist.") var noSlices = false
  @Flag(help: "Serve the model at the end: a web page at http://127.0.0.1:8080/.") var serve = false
  @Option(help: "Playlists of the set (default: 600).") var playlists: Int?
  @Option(help: "Songs of the set (default: 1500, or 2.5 for each playlist if that is more).") var songs: Int?

  private static let largestCount = 10_000_000

  func validate() throws {
    if noSlices, make == nil { throw ValidationError("--no-slices goes with --make.") }
    for (flag, value, least) in [("--playlists", playlists, 3), ("--songs", songs, 8)] {
      guard let value, !(least...Self.largestCount).contains(value) else { continue }
      throw ValidationError("\(flag) must lie in \(least)…\(Self.largestCount), got \(value).")
    }
  }

  func run() throws {
    try reportingErrors {
      if let make {
        try makeSet(in: make, withSlices: !noSlices)
        return
      }
      let (data, model) = ("\(out)/data", "\(out)/model")
      if try Dataset.file("playlists", in: data) != nil {
        try checkSet(in: data)
        Console.print("using the synthetic set in \(data), made earlier")
      } else {
        try makeSet(in: data)
      }
      try run(TrainCommand.self, ["train", data, "--out", model])
      try run(EvaluateCommand.self, ["evaluate", model, data])
      let seeds = try firstSongs(of: data, count: 5)
      try run(RecommendCommand.self, ["recommend", model, "--tracks", seeds.joined(separator: ","), "--count", "10"])
      fflush(nil)
      Console.print(
        "\nThat was a synthetic set: its numbers say nothing about real music. Now with your own playlists:")
      Console.print("  segue import FILES… --out DATA && segue train DATA --out MODEL && segue serve MODEL")
      if serve { try run(ServeCommand.self, ["serve", model, "--data", "\(out)/users"]) }
    }
  }

  private func makeSet(in folder: String, withSlices: Bool = false) throws {
    let playlists = playlists ?? DemoSet.standardPlaylists
    let set = DemoSet.make(playlists: playlists, songs: songs ?? DemoSet.songCount(playlists: playlists))
    try makeParent(of: folder)
    try set.write(to: folder, withSlices: withSlices)
    Console.print(
      "made a synthetic set in \(folder): \(set.playlists.count) playlists, \(set.rowCount) rows, \(set.songs.count) songs"
    )
  }

  /// Refuses real data, and a set of other sizes than those asked for.
  private func checkSet(in folder: String) throws {
    let set = try Dataset.load(folder: folder)
    guard set.songs.isSynthetic else {
      throw OutputError("\(folder): holds data that are not synthetic. Choose another folder with --out.")
    }
    let made = set.playlists.count + set.skippedPlaylists
    for (flag, wanted, there) in [("--playlists", playlists, made), ("--songs", songs, set.songs.count)] {
      guard let wanted, wanted != there else { continue }
      throw UsageError(
        "\(flag) \(wanted) contradicts the set in \(folder), which was made with \(there). "
          + "Leave it out, or choose another folder with --out.")
    }
  }

  private func makeParent(of folder: String) throws {
    guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return }
    try Folder.make(String(folder[..<slash]))
  }

  /// Prints a command line as its user would type it, and runs it.
  private func run<Command: ParsableCommand>(_: Command.Type, _ words: [String]) throws {
    fflush(nil)  // results and headings in the order in which they came
    Console.print("\n$ segue \(words.joined(separator: " "))")
    var command = try Command.parse(Array(words.dropFirst()))
    try command.run()
  }

  private func firstSongs(of folder: String, count: Int) throws -> [String] {
    let dataset = try Dataset.load(folder: folder, maxPlaylists: 1)
    return dataset.playlists[0].songs.prefix(count).map { dataset.songs.ids[Int($0)] }
  }
}
