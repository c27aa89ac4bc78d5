import ArgumentParser
import Glibc
import Server

struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copies users' data while the server runs, or puts a copy back.",
    discussion: """
      segue backup DATA FILE copies playlists, histories and accounts of the folder that `segue serve --data` names into \
      one file, whole and consistent. segue backup --restore FILE DATA makes a new such folder of it.
      """)

  @Flag(help: "Make a folder of a backup.") var restore = false
  @Argument(help: "What is copied: the data folder; with --restore, the backup.") var source: String
  @Argument(help: "Where to: a new file; with --restore, a folder without users' data.") var destination: String

  func run() throws {
    try reportingErrors {
      umask(0o077)  // users' data are nobody else's
      if restore {
        try UserStore.restore(source, to: destination)
        Console.print("restored \(source) to \(destination)")
      } else {
        try UserStore(existingIn: source).backUp(to: destination)
        Console.print("copied the data of \(source) to \(destination)")
      }
    }
  }
}
