/// Stops the program where the arguments of an operation do not fit together.
extension Backend {
  /// For `denseForward`.
  func requireDense(
    _ operation: String = "denseForward", inputs: Tensor, outputs: Tensor, rowCount: Int, parameters: DenseParameters
  ) {
    require(inputs, rowCount, parameters.inputSize, "\(operation): inputs")
    require(outputs, rowCount, parameters.outputSize, "\(operation): outputs")
  }

  /// For `denseBackward`.
  func requireDense(
    inputs: Tensor, outputs: Tensor, outputGradient: Tensor, rowCount: Int, parameters: DenseParameters,
    gradients: DenseParameters, inputGradient: Tensor?
  ) {
    requireDense("denseBackward", inputs: inputs, outputs: outputs, rowCount: rowCount, parameters: parameters)
    require(outputGradient, rowCount, parameters.outputSize, "denseBackward: outputGradient")
    if let inputGradient { require(inputGradient, rowCount, parameters.inputSize, "denseBackward: inputGradient") }
    precondition(
      gradients.inputSize == parameters.inputSize && gradients.outputSize == parameters.outputSize,
      "denseBackward: gradients of \(gradients.inputSize) × \(gradients.outputSize), a layer of \(parameters.inputSize) × \(parameters.outputSize)"
    )
  }

  func requireDropout(_ values: Tensor, count: Int, into result: Tensor) {
    require(values, count, 1, "dropout: values")
    require(result, count, 1, "dropout: result")
    precondition(count <= 1 << 34, "dropout: a mask has 2³⁴ places, got \(count) values")
  }

  func requireAdd(_ values: Tensor, to sum: Tensor) {
    precondition(values.count >= sum.count, "add: \(values.count) values to a sum of \(sum.count)")
  }

  /// For `songVectorsForward`, and for `songVectorsBackward`, where `parameters` and `vectors` are gradients.
  func requireSongVectors(
    _ operation: String, _ parameters: SongVectorParameters, _ songs: SongInputs, _ vectors: Tensor
  ) {
    let width = parameters.width
    require(vectors, songs.songCount, width, "\(operation): vectors")
    for (name, tensor, rows) in [
      ("embeddings", parameters.embeddings, songs.songCount), ("artists", parameters.artists, songs.artistCount),
      ("featureKernel", parameters.featureKernel, songs.featureCount),
    ] {
      precondition(
        tensor.count == rows * width, "\(operation): \(name) needs \(rows) × \(width), got \(tensor.count)")
    }
  }

  func requireAdamW(
    _ parameters: Tensor, _ gradients: Tensor, _ firstMoments: Tensor, _ secondMoments: Tensor, _ settings: AdamW
  ) {
    precondition(
      [gradients, firstMoments, secondMoments].allSatisfy { $0.count == parameters.count },
      "adamwUpdate: \(parameters.count) parameters, \(gradients.count) gradients, \(firstMoments.count) first and \(secondMoments.count) second moments"
    )
    precondition(settings.step >= 1, "adamwUpdate: steps count from 1, got \(settings.step)")
  }

  func require(_ tensor: Tensor, _ rows: Int, _ columns: Int, _ name: String) {
    precondition(
      rows >= 0 && tensor.count >= rows * columns, "\(name) needs \(rows) × \(columns), got \(tensor.count)")
  }
}
