internal import Files
internal import FoundationEssentials

/// A run that can go on: slabs and progress in one safetensors file, so that one rename saves all or nothing.
package struct Checkpoint {
  package var parameters: [Float]
  /// The optimiser's slabs by name, laid out like the parameters.
  package var optimizerState: [String: [Float]]
  /// Parameters of the best validation loss so far; nil before the first validation.
  package var bestParameters: [Float]?
  package var progress: TrainingProgress
  /// The resolved configuration of the run, as JSON; a resumed run must have the same.
  package var configuration: String

  /// - Throws: `OutputError`; an older checkpoint survives.
  package func write(to path: String) throws {
    var contents = [
      Safetensors.Content(name: "parameters", shape: [parameters.count], values: parameters)
    ]
    for (name, slab) in optimizerState.sorted(by: { $0.key < $1.key }) {
      contents.append(.init(name: name, shape: [slab.count], values: slab))
    }
    if let bestParameters {
      contents.append(.init(name: "best_parameters", shape: [bestParameters.count], values: bestParameters))
    }
    let progress = String(decoding: try JSONEncoder().encode(self.progress), as: UTF8.self)
    try Safetensors.write(contents, metadata: ["progress": progress, "configuration": configuration], to: path)
  }

  /// - Throws: `InputError` when the file is damaged or belongs to another model.
  package init(path: String, layout: ParameterLayout, optimizer: OptimizerKind) throws {
    let file = try Safetensors(path: path)
    guard let configuration = file.metadata["configuration"], let progress = file.metadata["progress"],
      let decoded = try? JSONDecoder().decode(TrainingProgress.self, from: Data(progress.utf8))
    else { throw InputError(path: path, reason: "not a checkpoint", remedy: "Train anew without --resume.") }
    self.configuration = configuration
    self.progress = decoded
    parameters = try file.values("parameters", shape: [layout.count])
    optimizerState = Dictionary(
      uniqueKeysWithValues: try Optimizer.slabNames(of: optimizer).map { name in
        (name, try file.values(name, shape: [layout.count]))
      })
    bestParameters =
      try file.entries["best_parameters"] == nil
      ? nil : file.values("best_parameters", shape: [layout.count])
  }

  package init(
    parameters: [Float], optimizerState: [String: [Float]], bestParameters: [Float]?, progress: TrainingProgress,
    configuration: String
  ) {
    self.parameters = parameters
    self.optimizerState = optimizerState
    self.bestParameters = bestParameters
    self.progress = progress
    self.configuration = configuration
  }

  /// The configuration of a checkpoint without reading its slabs.
  package static func configuration(path: String) throws -> String? {
    try Safetensors(path: path).metadata["configuration"]
  }
}
