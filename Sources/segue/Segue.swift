import ArgumentParser

@main
struct Segue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segue", abstract: "Trains sequence models of playlists and recommends songs.",
    subcommands: [
      ImportCommand.self,
      TrainCommand.self,
      InspectCommand.self,
      ExportCommand.self,
      VerifyCommand.self,
      BenchmarkCommand.self,
    ])
}
