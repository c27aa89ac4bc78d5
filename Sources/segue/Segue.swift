import ArgumentParser

@main
struct Segue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segue", abstract: "Trains sequence models of playlists and recommends songs.",
    subcommands: [
      DemoCommand.self,
      ImportCommand.self,
      TrainCommand.self,
      EvaluateCommand.self,
      RecommendCommand.self,
      InspectCommand.self,
      ExportCommand.self,
      DevicesCommand.self,
      DoctorCommand.self,
      VerifyCommand.self,
      BenchmarkCommand.self,
    ])
}
