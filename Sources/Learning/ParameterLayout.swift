package import Compute

/// Where each named parameter lies in the slab. One slab holds all parameters; gradients and what the optimiser keeps are
/// more of the same layout, so that a step is a launch or two and a checkpoint one write.
///
/// Order: encoder layers, decoder layers (each [kernel; bias; recurrent kernel]), the heads' kernels side by side and
/// their biases; then, where the model ranks its catalogue, the dense layers of a playlist's state, the songs' biases and
/// feature kernel, and the embeddings last. Names and shapes are Keras's.
package struct ParameterLayout: Sendable {
  /// A named matrix or vector inside the slab.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let shape: [Int]
    /// First element in the slab.
    package let offset: Int
    /// Distance between rows in the slab; larger than the row where heads stand side by side.
    package let rowStride: Int

    package var rows: Int { shape.count == 1 ? 1 : shape[0] }
    package var columns: Int { shape.last! }
    package var count: Int { rows * columns }
  }

  package let configuration: ModelConfiguration
  package let entries: [Entry]
  /// Elements of the slab.
  package let count: Int
  /// Where the embeddings begin, which weight decay is for; `count` without any.
  package let embeddingsOffset: Int
  private let lstmOffsets: [Int]  // encoder layers, then decoder layers
  private let headsOffset: Int
  private let ranges: [String: Range<Int>]

  package init(_ configuration: ModelConfiguration) {
    var (entries, offset, lstmOffsets): ([Entry], Int, [Int]) = ([], 0, [])
    func append(_ name: String, _ shape: Int...) {
      let entry = Entry(name: name, shape: shape, offset: offset, rowStride: shape.last!)
      entries.append(entry)
      offset += entry.count
    }
    for side in ["encoder", "decoder"] {
      for (layer, shape) in configuration.lstmShapes.enumerated() {
        let prefix = side + (layer == 0 ? "/lstm" : "/lstm_\(layer)")
        lstmOffsets.append(offset)
        append(prefix + "/kernel", shape.inputSize, shape.gateCount)
        append(prefix + "/bias", shape.gateCount)
        append(prefix + "/recurrent_kernel", shape.hiddenSize, shape.gateCount)
      }
    }
    let (h, outputs) = (configuration.hiddenSize, configuration.outputSize)
    headsOffset = offset
    for head in configuration.headColumns {
      let (first, width) = (head.columns.lowerBound, head.columns.count)
      entries += [
        Entry(name: "heads/\(head.name)/kernel", shape: [h, width], offset: offset + first, rowStride: outputs),
        Entry(name: "heads/\(head.name)/bias", shape: [width], offset: offset + h * outputs + first, rowStride: width),
      ]
    }
    offset += (h + 1) * outputs
    var embeddingsOffset = offset
    if let catalogue = configuration.catalogue {
      let d = catalogue.dimension
      func appendDense(_ name: String, _ inputs: Int, _ outputs: Int) {
        append(name + "/kernel", inputs, outputs)
        append(name + "/bias", outputs)
      }
      for part in catalogue.state {
        if part == .mlp { appendDense("state/mlp/hidden", d, h) }
        appendDense("state/\(part.rawValue)", part == .mean ? d : h, d)
      }
      append("songs/bias", catalogue.songCount)
      append("songs/features/kernel", catalogue.featureCount, d)
      embeddingsOffset = offset
      append("songs/embeddings", catalogue.songCount, d)
      append("artists/embeddings", catalogue.artistCount, d)
      append("words/embeddings", max(1, catalogue.wordCount), d)
    }
    self.configuration = configuration
    self.entries = entries
    self.lstmOffsets = lstmOffsets
    self.embeddingsOffset = embeddingsOffset
    count = offset
    ranges = Dictionary(
      uniqueKeysWithValues: entries.lazy.filter { !$0.name.hasPrefix("heads/") }.map {
        ($0.name, $0.offset..<$0.offset + $0.count)
      })
  }

  /// The layers' views of a slab of parameters or gradients.
  package struct Layers {
    package let encoder: [LSTMParameters]
    package let decoder: [LSTMParameters]
    package let heads: HeadsParameters
    package let catalogue: CatalogueParameters?
  }

  /// The views of what a model that ranks its catalogue has besides.
  package struct CatalogueParameters {
    package let songs: SongVectorParameters
    package let songBias: Tensor  // (V)
    package let words: Tensor  // (words, d)
    /// The dense layer of each part of the state that the model has.
    package let state: [CatalogueConfiguration.StatePart: DenseParameters]
    package let hiddenLayer: DenseParameters?
  }

  package func layers(of slab: Tensor) -> Layers {
    let shapes = configuration.lstmShapes
    let lstm = zip(lstmOffsets, shapes + shapes).map { offset, shape in
      LSTMParameters(shape: shape, matrix: slab[offset..<offset + shape.parameterCount])
    }
    let kernelEnd = headsOffset + configuration.hiddenSize * configuration.outputSize
    let heads = HeadsParameters(
      heads: configuration.headColumns, kernel: slab[headsOffset..<kernelEnd],
      bias: slab[kernelEnd..<kernelEnd + configuration.outputSize])
    return Layers(
      encoder: Array(lstm.prefix(shapes.count)), decoder: Array(lstm.suffix(shapes.count)), heads: heads,
      catalogue: configuration.catalogue.map { catalogueParameters($0, of: slab) })
  }

  private func catalogueParameters(_ catalogue: CatalogueConfiguration, of slab: Tensor) -> CatalogueParameters {
    func view(_ name: String) -> Tensor { slab[ranges[name]!] }
    func dense(_ name: String, _ activation: DenseParameters.Activation = .linear) -> DenseParameters {
      DenseParameters(kernel: view(name + "/kernel"), bias: view(name + "/bias"), activation: activation)
    }
    return CatalogueParameters(
      songs: SongVectorParameters(
        embeddings: view("songs/embeddings"), artists: view("artists/embeddings"),
        featureKernel: view("songs/features/kernel"), width: catalogue.dimension),
      songBias: view("songs/bias"), words: view("words/embeddings"),
      state: Dictionary(uniqueKeysWithValues: catalogue.state.map { ($0, dense("state/\($0.rawValue)")) }),
      hiddenLayer: catalogue.state.contains(.mlp) ? dense("state/mlp/hidden", .relu) : nil)
  }

  /// The entry of that name.
  package func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

  /// Values of an entry, row-major and dense, out of a slab's values.
  package func values(of entry: Entry, in slab: [Float]) -> [Float] {
    (0..<entry.rows).flatMap { row in
      slab[entry.offset + row * entry.rowStride..<entry.offset + row * entry.rowStride + entry.columns]
    }
  }

  /// Puts dense row-major values of an entry into a slab's values.
  package func put(_ values: some RandomAccessCollection<Float>, of entry: Entry, into slab: inout [Float]) {
    precondition(values.count == entry.count, "\(entry.name): \(entry.count) values expected, got \(values.count)")
    var source = values.startIndex
    for row in 0..<entry.rows {
      for column in 0..<entry.columns {
        slab[entry.offset + row * entry.rowStride + column] = values[source]
        source = values.index(after: source)
      }
    }
  }
}
