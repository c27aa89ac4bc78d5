import ArgumentParser
import Files
import FoundationEssentials
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
  @Option(help: ArgumentHelp("Only make a synthetic dataset in this folder.", valueName: "folder")) var make: String?
  @Option(help: "Playlists of the set (default: 600).") var playlists: Int?
  @Option(help: "Songs of the set (default: 1500).") var songs: Int?

  func validate() throws {
    guard (playlists ?? 3) >= 3 else { throw ValidationError("--playlists must be at least 3.") }
    guard (songs ?? 8) >= 8 else { throw ValidationError("--songs must be at least 8.") }
  }

  func run() throws {
    try reportingErrors {
      if let make {
        try makeSet(in: make)
        return
      }
      let (data, model) = ("\(out)/data", "\(out)/model")
      if FileManager.default.fileExists(atPath: "\(data)/playlists.csv") {
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
      Console.print("  segue import SLICES… --features FEATURES.csv --out DATA && segue train DATA --out MODEL")
    }
  }

  private func makeSet(in folder: String) throws {
    let set = DemoSet.make(
      playlists: playlists ?? DemoSet.standardPlaylists, songs: songs ?? DemoSet.standardSongs)
    try makeParent(of: folder)
    try set.write(to: folder)
    Console.print(
      "made a synthetic set in \(folder): \(set.playlists.count) playlists, \(set.rowCount) rows, \(set.songs.count) songs"
    )
  }

  private func makeParent(of folder: String) throws {
    guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return }
    try makeFolder(String(folder[..<slash]))
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
