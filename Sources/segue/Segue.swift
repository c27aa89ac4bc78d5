import ArgumentParser
import Glibc

@main
enum Program {
  /// Runs a command; a result that could not be written is an error as any other.
  static func main() {
    Segue.main()
    guard fflush(nil) == 0 else {
      Console.print("segue: the result cannot be written to standard output (\(String(cString: strerror(errno))))")
      exit(ExitStatus.outputFailed.rawValue)
    }
  }
}

struct Segue: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "segue", abstract: "Trains sequence models of playlists and recommends songs.", version: "0.1.0",
    subcommands: [
      DemoCommand.self,
      ImportCommand.self,
      DescribeCommand.self,
      FeaturesCommand.self,
      TrainCommand.self,
      EvaluateCommand.self,
      CrossValidateCommand.self,
      RecommendCommand.self,
      SearchCommand.self,
      SubmitCommand.self,
      ServeCommand.self,
      BackupCommand.self,
      AddCommand.self,
      InspectCommand.self,
      ExportCommand.self,
      ExportSplitsCommand.self,
      DevicesCommand.self,
      DoctorCommand.self,
      VerifyCommand.self,
      TuneCommand.self,
      BenchmarkCommand.self,
    ])

  /// Of the program's source, where the environment says it.
  static var commit: String? { getenv("SEGUE_COMMIT").map { String(cString: $0) } }
}
