import ArgumentParser

@main
struct Segue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segue", abstract: "Trains sequence models of playlists and recommends songs.",
    subcommands: [TrainCommand.self, BenchmarkCommand.self])
}
