import ArgumentParser
import Evaluation
import Files
import Learning
import Music
import Recommendation

struct ExportSplitsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-splits", abstract: "Writes a model's training, validation and test playlists for others.",
    discussion: """
      The same split, so that other recommenders can be trained and judged on it. recbole: NAME.train.inter, \
      NAME.valid.inter, NAME.test.inter, NAME.item and NAME.yaml (its settings), NAME being the folder's; run it with \
      data_path set to the folder above. gru4rec: train.tsv, valid.tsv and test.tsv with SessionId, ItemId and Time. \
      Only the first K songs of a test playlist may be given when results are compared with `segue evaluate`.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case recbole, gru4rec }

  @Argument(help: "The model folder.") var model: String
  @Argument(help: "The dataset folder that it was trained on.") var dataset: String
  @Option(help: "recbole or gru4rec.") var format: Format
  @Option(help: ArgumentHelp("The folder to make.", valueName: "folder")) var out: String
  @Option(
    help: ArgumentHelp(
      "recbole: also the songs before each one, at most so many, as its sequential models want (50 is its default).",
      valueName: "n"))
  var history = 0

  func validate() throws {
    guard history >= 0 else { throw ValidationError("--history must not be negative, got \(history).") }
    guard history == 0 || format == .recbole else { throw ValidationError("--history is for --format recbole.") }
    guard lastName(of: out) != nil else { throw ValidationError("--out \(out) names no folder to make.") }
  }

  func run() throws {
    try reportingErrors {
      try AtomicFolder.check(out)
      let folder = try ModelFolder(path: model)
      let data = try Dataset.load(folder: dataset, maxPlaylists: folder.description.training.maxPlaylists)
      let split = try folder.split(of: data)
      let export = SplitExport(split, of: data, coldSongs: try folder.coldSongs(of: data))
      let names = try AtomicFolder.write(to: out) { temporary in
        switch format {
        case .gru4rec: try export.writeGRU4Rec(to: temporary)
        case .recbole: try export.writeRecBole(name: lastName(of: out)!, history: history, to: temporary)
        }
      }
      Console.print(
        "\(split.training.count) training, \(split.validation.count) validation and \(split.test.count) test playlists")
      for name in names { print("\(out)/\(name)") }
    }
  }

  /// The last part of a path; nil where that is no name.
  private func lastName(of path: String) -> String? {
    path.split(separator: "/").last.map(String.init).flatMap { [".", ".."].contains($0) ? nil : $0 }
  }
}
