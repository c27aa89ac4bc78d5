package import Compute

/// The architecture of an encoder-decoder model; all that is needed to lay out its weights.
package struct ModelConfiguration: Codable, Sendable, Equatable {
  /// Numbers of an input vector, F.
  package var inputSize: Int
  /// Units of every LSTM layer, H.
  package var hiddenSize: Int
  /// LSTM layers of the encoder, and as many of the decoder.
  package var layers: Int
  package var heads: [HeadConfiguration]
  /// What the model learns of its catalogue; nil for one that knows songs by their numbers only.
  package var catalogue: CatalogueConfiguration?

  package struct HeadConfiguration: Codable, Sendable, Equatable {
    package var name: String
    package var activation: Head.Activation
    package var size: Int

    package init(name: String, activation: Head.Activation, size: Int) {
      self.name = name
      self.activation = activation
      self.size = size
    }
  }

  /// The dissertation's model: 29 numbers in; sigmoid 10, softmax 12, 2 and 5 out.
  package init(hiddenSize: Int = 256, layers: Int = 1) {
    inputSize = 29
    self.hiddenSize = hiddenSize
    self.layers = layers
    heads = [
      HeadConfiguration(name: "regression", activation: .sigmoid, size: 10),
      HeadConfiguration(name: "key", activation: .softmax, size: 12),
      HeadConfiguration(name: "mode", activation: .softmax, size: 2),
      HeadConfiguration(name: "time_signature", activation: .softmax, size: 5),
    ]
  }

  /// The same model without its songs' and artists' parameters, for which a catalogue keeps finished vectors.
  package var withoutSongs: ModelConfiguration {
    var copy = self
    copy.catalogue?.songCount = 0
    copy.catalogue?.artistCount = 0
    return copy
  }

  /// What is learned, by name: each head, and the songs that go on where the model ranks its catalogue.
  package var lossNames: [String] { heads.map(\.name) + (catalogue == nil ? [] : ["catalogue"]) }

  /// Outputs of all heads together, O.
  package var outputSize: Int { heads.reduce(0) { $0 + $1.size } }

  /// Outputs of the sigmoid heads together, whose targets can be missing one by one.
  package var regressionSize: Int { heads.filter { $0.activation == .sigmoid }.reduce(0) { $0 + $1.size } }

  /// The heads with their columns in predictions and targets.
  package var headColumns: [Head] {
    var next = 0
    return heads.map { head in
      defer { next += head.size }
      return Head(name: head.name, activation: head.activation, columns: next..<next + head.size)
    }
  }

  /// Shapes of the LSTM layers of one side, from the inputs up.
  package var lstmShapes: [LSTMShape] {
    (0..<layers).map { LSTMShape(inputSize: $0 == 0 ? inputSize : hiddenSize, hiddenSize: hiddenSize) }
  }
}
