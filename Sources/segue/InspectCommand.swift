import ArgumentParser
import Charts
import Files
import Learning

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows a model's layers, shapes and parameters.")

  @Argument(help: "The model folder.") var model: String
  @Option(help: ArgumentHelp("Draw the training graph and both inference graphs.", valueName: "file")) var svg: String?
  @Flag(help: "Print JSON: the configuration as stored.") var json = false

  func run() throws {
    try reportingErrors {
      let description = try ModelDescription(folder: model)
      let layout = ParameterLayout(description.model)
      _ = try Weights.read(path: "\(model)/model.safetensors", layout: layout)
      print(json ? description.json : table(description, layout), terminator: "")
      if let svg {
        try AtomicFile.write(ModelGraph(description.model).svg, to: svg)
        Console.print("graph drawn in \(svg)")
      }
    }
  }

  private func table(_ description: ModelDescription, _ layout: ParameterLayout) -> String {
    let width = layout.entries.map(\.name.count).max()! + 2
    var lines = [padded("weights", width) + padded("shape", 14) + padded("parameters", 10, left: true)]
    lines += layout.entries.map { entry in
      padded(entry.name, width) + padded("\(entry.shape)", 14) + padded("\(entry.count)", 10, left: true)
    }
    lines.append(padded("total", width + 14) + padded("\(layout.count)", 10, left: true))
    let training = description.training
    lines.append("")
    lines.append(
      "objective \(training.objective), padding \(training.padding)"
        + (training.paddedLength.map { " to \($0) steps" } ?? "")
        + ", batches of \(training.batchSize), up to \(training.epochs) epochs, learning rate \(training.learningRate)")
    lines.append("trained on a split \(training.split) of \(training.playlists) playlists, seed \(training.seed)")
    return lines.joined(separator: "\n") + "\n"
  }
}
