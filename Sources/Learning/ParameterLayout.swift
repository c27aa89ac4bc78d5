package import Compute

/// Where each named parameter lies in the slab. One slab holds all dense parameters; gradients and mean squares are two
/// more of the same layout, so that the optimiser is one launch and a checkpoint one write.
///
/// Order: encoder layers, decoder layers (each [kernel; bias; recurrent kernel]), then the heads' kernels side by side
/// and their biases. Names and shapes are Keras's.
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
  private let lstmOffsets: [Int]  // encoder layers, then decoder layers
  private let headsOffset: Int

  package init(_ configuration: ModelConfiguration) {
    var (entries, offset, lstmOffsets): ([Entry], Int, [Int]) = ([], 0, [])
    for side in ["encoder", "decoder"] {
      for (layer, shape) in configuration.lstmShapes.enumerated() {
        let prefix = side + (layer == 0 ? "/lstm" : "/lstm_\(layer)")
        let (f, h, g) = (shape.inputSize, shape.hiddenSize, shape.gateCount)
        entries += [
          Entry(name: prefix + "/kernel", shape: [f, g], offset: offset, rowStride: g),
          Entry(name: prefix + "/bias", shape: [g], offset: offset + f * g, rowStride: g),
          Entry(name: prefix + "/recurrent_kernel", shape: [h, g], offset: offset + (f + 1) * g, rowStride: g),
        ]
        lstmOffsets.append(offset)
        offset += shape.parameterCount
      }
    }
    let (h, outputs) = (configuration.hiddenSize, configuration.outputSize)
    for head in configuration.headColumns {
      let (first, width) = (head.columns.lowerBound, head.columns.count)
      entries += [
        Entry(name: "heads/\(head.name)/kernel", shape: [h, width], offset: offset + first, rowStride: outputs),
        Entry(name: "heads/\(head.name)/bias", shape: [width], offset: offset + h * outputs + first, rowStride: width),
      ]
    }
    self.configuration = configuration
    self.entries = entries
    self.lstmOffsets = lstmOffsets
    headsOffset = offset
    count = offset + (h + 1) * outputs
  }

  /// The layers' views of a slab of parameters or gradients.
  package struct Layers {
    package let encoder: [LSTMParameters]
    package let decoder: [LSTMParameters]
    package let heads: HeadsParameters
  }

  package func layers(of slab: Tensor) -> Layers {
    let shapes = configuration.lstmShapes
    let lstm = zip(lstmOffsets, shapes + shapes).map { offset, shape in
      LSTMParameters(shape: shape, matrix: slab[offset..<offset + shape.parameterCount])
    }
    let kernelEnd = headsOffset + configuration.hiddenSize * configuration.outputSize
    let heads = HeadsParameters(
      heads: configuration.headColumns, kernel: slab[headsOffset..<kernelEnd], bias: slab[kernelEnd..<count])
    return Layers(encoder: Array(lstm.prefix(shapes.count)), decoder: Array(lstm.suffix(shapes.count)), heads: heads)
  }

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
