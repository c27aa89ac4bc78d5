import ArgumentParser
import Files
import Learning

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes a model's weights for other runtimes.",
    discussion: """
      Names, shapes and gate order (i f c o) are Keras's. encoder-decoder writes encoder.safetensors and \
      decoder.safetensors (with the heads) into a folder: the two halves that predict one song at a time.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case safetensors
    case encoderDecoder = "encoder-decoder"
  }

  @Argument(help: "The model folder.") var model: String
  @Option(help: "safetensors or encoder-decoder.") var format: Format = .safetensors
  @Option(help: "The file to write; the folder, for encoder-decoder.") var out: String

  func run() throws {
    try reportingErrors {
      let description = try ModelDescription(folder: model)
      let layout = ParameterLayout(description.model)
      let slab = try Weights.read(path: "\(model)/model.safetensors", layout: layout)
      let metadata = ["gates": "i,f,c,o", "config": description.json]
      switch format {
      case .safetensors:
        try Safetensors.write(Weights.contents(slab, layout: layout), metadata: metadata, to: out)
        print(out)
      case .encoderDecoder:
        try Folder.make(out)
        for (name, prefixes) in [("encoder", ["encoder/"]), ("decoder", ["decoder/", "heads/"])] {
          let path = "\(out)/\(name).safetensors"
          try Safetensors.write(
            Weights.contents(slab, layout: layout, prefixes: prefixes), metadata: metadata, to: path)
          print(path)
        }
      }
    }
  }
}
