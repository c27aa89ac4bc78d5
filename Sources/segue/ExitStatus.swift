import ArgumentParser
import Compute
import Files
import Learning
import Services

/// The exit statuses that scripts rely on.
enum ExitStatus: Int32 {
  case badInput = 65
  case unavailable = 69
  case ownFault = 70
  case outputFailed = 73
  case interrupted = 130

  init(_ error: any Error) {
    self =
      switch error {
      case is InputError: .badInput
      case is ComputeError, is ServiceError: .unavailable
      case is OutputError: .outputFailed
      case is TrainingError: .badInput
      default: .ownFault
      }
  }
}

/// Runs a command's body; errors end the program with what they say on stderr and the status of their kind.
func reportingErrors<Result>(_ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as ExitCode {
    throw error
  } catch let error where error is UsageError || error is ValidationError {
    Console.print("Error: \(error)\n  See '\(Segue.typedCommand) --help' for more information.")
    throw ExitCode.validationFailure
  } catch {
    Console.print("segue: \(error)")
    throw ExitCode(ExitStatus(error).rawValue)
  }
}

extension Segue {
  /// The command that runs, such as `segue benchmark train`.
  fileprivate static var typedCommand: String {
    var (names, command): ([String], any ParsableCommand.Type) = (["segue"], Segue.self)
    for word in CommandLine.arguments.dropFirst() {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == word }) else { break }
      names.append(word)
      command = next
    }
    return names.joined(separator: " ")
  }
}
