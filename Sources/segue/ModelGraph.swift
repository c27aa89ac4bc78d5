import Charts
import Compute
import Learning

/// The model's graphs as the dissertation shows them: training (figure 10.7), inference encoder (10.8) and inference
/// decoder (10.9). B playlists, T songs; a box names a layer, what goes in and what comes out.
struct ModelGraph {
  private let model: ModelConfiguration

  init(_ model: ModelConfiguration) { self.model = model }

  var svg: String {
    let graphs = [training, inferenceEncoder, inferenceDecoder]
    var svg = SVG(width: graphs.map(\.width).max()!, height: graphs.reduce(0) { $0 + $1.height })
    var top = 0.0
    for graph in graphs {
      graph.draw(into: &svg, top: top)
      top += graph.height
    }
    return svg.document
  }

  private var training: GraphDrawing {
    let steps = sequence("T")
    return GraphDrawing(
      caption: "Training model",
      rows: [
        [input("encoder_inputs", steps), input("decoder_inputs", steps)],
        stack("encoder", "T", outputs: "states") + stack("decoder", "T", outputs: "sequence"),
        heads("(B, T, "),
      ],
      edges: chain("encoder") + chain("decoder")
        + (0..<model.layers).map { (id("encoder", $0), id("decoder", $0)) } + headEdges)
  }

  private var inferenceEncoder: GraphDrawing {
    GraphDrawing(
      caption: "Inference encoder",
      rows: [
        [input("encoder_inputs", sequence("T"))], stack("encoder", "T", outputs: "states"),
        [.init("states", title: "states h, c", details: ["2 × (B, \(model.hiddenSize))"])],
      ], edges: chain("encoder") + (0..<model.layers).map { (id("encoder", $0), "states") })
  }

  private var inferenceDecoder: GraphDrawing {
    GraphDrawing(
      caption: "Inference decoder, one song at a time",
      rows: [
        [
          input("decoder_inputs", sequence("1")),
          .init("states", title: "states h, c", details: ["2 × (B, \(model.hiddenSize))"]),
        ],
        stack("decoder", "1", outputs: "step"),
        heads("(B, ") + [.init("next", title: "next states h, c", details: ["2 × (B, \(model.hiddenSize))"])],
      ],
      edges: chain("decoder")
        + (0..<model.layers).flatMap { [("states", id("decoder", $0)), (id("decoder", $0), "next")] }
        + headEdges)
  }

  private func sequence(_ steps: String) -> String { "(B, \(steps), \(model.inputSize))" }
  private func id(_ side: String, _ layer: Int) -> String { "\(side)\(layer)" }

  private func input(_ name: String, _ shape: String) -> GraphDrawing.Node {
    .init(name, title: name, details: ["song vectors \(shape)"])
  }

  /// The LSTM layers of one side.
  private func stack(_ side: String, _ steps: String, outputs: String) -> [GraphDrawing.Node] {
    model.lstmShapes.enumerated().map { layer, shape in
      let out = outputs == "sequence" ? "(B, \(steps), \(shape.hiddenSize)), h, c" : "h, c (B, \(shape.hiddenSize))"
      return .init(
        id(side, layer), title: "\(side)/lstm" + (layer > 0 ? "_\(layer)" : ""),
        details: [
          "LSTM \(shape.hiddenSize)", "in (B, \(steps), \(shape.inputSize))", "out \(out)",
          "\(shape.parameterCount) parameters",
        ])
    }
  }

  private func heads(_ prefix: String) -> [GraphDrawing.Node] {
    model.heads.map { head in
      .init(
        head.name, title: head.name,
        details: [
          "dense, \(head.activation.rawValue)", "out \(prefix)\(head.size))",
          "\((model.hiddenSize + 1) * head.size) parameters",
        ])
    }
  }

  private func chain(_ side: String) -> [(from: String, to: String)] {
    [("\(side)_inputs", id(side, 0))] + (1..<max(1, model.layers)).map { (id(side, $0 - 1), id(side, $0)) }
  }

  private var headEdges: [(from: String, to: String)] {
    model.heads.map { (id("decoder", model.layers - 1), $0.name) }
  }
}
