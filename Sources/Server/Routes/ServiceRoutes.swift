internal import HTTPTypes
internal import Hummingbird
internal import Learning
internal import Music
internal import NIOCore
internal import Recommendation

/// What operators ask for, and what the model is.
struct ServiceRoutes: Sendable {
  let host: ModelHost
  let metrics: ServerMetrics

  struct Model: Encodable {
    struct Feature: Encodable {
      var feature: String
      var minimum, maximum, mean: Double
    }
    var songs, artists: Int
    var objective: String
    var reasons: Bool
    var synthetic: Bool
    var steerable: [Feature]

    init(_ model: ServedModel) {
      (songs, artists) = (model.catalogue.count, model.search.artistCount)
      objective = model.folder.description.training.objective.rawValue
      (reasons, synthetic) = (true, model.catalogue.isSynthetic)
      let scaling = model.catalogue.scaling
      steerable =
        !model.decodes
        ? []
        : SongVector.regressionFeatures.enumerated().map { index, feature in
          func value(_ scaled: Float) -> Double { Double("\(scaling.value(ofScaled: scaled, index))")! }
          return Feature(
            feature: feature.rawValue, minimum: value(0), maximum: value(1), mean: value(scaling.mean[index]))
        }
    }
  }

  private static let (livePath, readyPath) = ("/health/live", "/health/ready")
  static let healthPaths: Set = [livePath, readyPath]

  func add(to router: Routes) {
    router.get(Self.livePath) { _, _ in
      Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "ok\n")))
    }
    router.get(Self.readyPath) { _, _ in
      let isReady = host.ready != nil
      return Response(
        status: isReady ? .ok : .serviceUnavailable,
        body: ResponseBody(byteBuffer: ByteBuffer(string: isReady ? "ready\n" : "loading\n")))
    }
    router.get("/metrics") { _, _ in
      Response(
        status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text(waiting: host.ready?.queue.waitingCount))))
    }
    router.get("/api/v1/model") { _, _ in .json(Model(try host.current)) }
  }
}
