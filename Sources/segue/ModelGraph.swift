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
    let inputs = [input("encoder_inputs", sequence("T")), input("decoder_inputs", sequence("T"))]
    let layers = zip(stack("encoder", "T", returnsSequence: false), stack("decoder", "T", returnsSequence: true))
    return GraphDrawing(
      caption: "Training model", rows: [inputs] + layers.map { [$0, $1] } + [heads("(B, T, ")],
      edges: chain("encoder") + chain("decoder") + eachLayer { [(id("encoder", $0), id("decoder", $0))] } + headEdges)
  }

  private var inferenceEncoder: GraphDrawing {
    let layers = stack("encoder", "T", returnsSequence: false).map { [$0] }
    return GraphDrawing(
      caption: "Inference encoder", rows: [[input("encoder_inputs", sequence("T"))]] + layers + [[states("states")]],
      edges: chain("encoder") + eachLayer { [(id("encoder", $0), "states")] })
  }

  private var inferenceDecoder: GraphDrawing {
    let inputs = [input("decoder_inputs", sequence("1")), states("states")]
    let layers = stack("decoder", "1", returnsSequence: false).map { [$0] }
    return GraphDrawing(
      caption: "Inference decoder, one song at a time",
      rows: [inputs] + layers + [heads("(B, ") + [states("next states")]],
      edges: chain("decoder") + eachLayer { [("states", id("decoder", $0)), (id("decoder", $0), "next states")] }
        + headEdges)
  }

  private func eachLayer(_ edges: (Int) -> [(from: String, to: String)]) -> [(from: String, to: String)] {
    (0..<model.layers).flatMap(edges)
  }

  private func states(_ name: String) -> GraphDrawing.Node {
    .init(name, title: "\(name) h, c", details: ["\(2 * model.layers) × (B, \(model.hiddenSize))"])
  }

  private func sequence(_ steps: String) -> String { "(B, \(steps), \(model.inputSize))" }
  private func id(_ side: String, _ layer: Int) -> String { "\(side)\(layer)" }

  private func input(_ name: String, _ shape: String) -> GraphDrawing.Node {
    .init(name, title: name, details: ["song vectors \(shape)"])
  }

  /// The LSTM layers of one side.
  private func stack(_ side: String, _ steps: String, returnsSequence: Bool) -> [GraphDrawing.Node] {
    model.lstmShapes.enumerated().map { layer, shape in
      let out = returnsSequence ? "(B, \(steps), \(shape.hiddenSize)), h, c" : "h, c (B, \(shape.hiddenSize))"
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
