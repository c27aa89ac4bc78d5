internal import HTTPTypes
internal import Hummingbird

/// The router's front: remembers what there is, so that a wrong method and a wrong path get different answers.
final class Routes {
  let router = Router(context: VisitContext.self)
  private(set) var methods = RouteMethods()

  typealias Handler = @Sendable (Request, VisitContext) async throws -> Response

  func get(_ path: String, _ handler: @escaping Handler) {
    on(path, .get, handler)
    on(path, .head, handler)  // `SecurityHeaders` takes the body away
  }
  func post(_ path: String, _ handler: @escaping Handler) { on(path, .post, handler) }
  func put(_ path: String, _ handler: @escaping Handler) { on(path, .put, handler) }
  func patch(_ path: String, _ handler: @escaping Handler) { on(path, .patch, handler) }
  func delete(_ path: String, _ handler: @escaping Handler) { on(path, .delete, handler) }

  private func on(_ path: String, _ method: HTTPRequest.Method, _ handler: @escaping Handler) {
    methods.add(method, path)
    router.on(RouterPath(path), method: method, use: handler)
  }
}
