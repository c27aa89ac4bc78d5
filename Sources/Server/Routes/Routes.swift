internal import HTTPTypes
internal import Hummingbird

/// The router's front: remembers what there is, so that a wrong method and a wrong path get different answers, and so that
/// the tests can hold it beside `openapi.yaml`.
final class Routes {
  let router = Router(context: VisitContext.self)
  private(set) var methods = RouteMethods()
  private(set) var all: [(method: HTTPRequest.Method, path: String)] = []

  typealias Handler = @Sendable (Request, VisitContext) async throws -> Response

  func get(_ path: String, _ handler: @escaping Handler) {
    on(path, .get, handler)
    // The same without its body.
    on(path, .head) { try await handler($0, $1).createHeadResponse() }
  }
  func post(_ path: String, _ handler: @escaping Handler) { on(path, .post, handler) }
  func put(_ path: String, _ handler: @escaping Handler) { on(path, .put, handler) }
  func patch(_ path: String, _ handler: @escaping Handler) { on(path, .patch, handler) }
  func delete(_ path: String, _ handler: @escaping Handler) { on(path, .delete, handler) }

  private func on(_ path: String, _ method: HTTPRequest.Method, _ handler: @escaping Handler) {
    methods.add(method, path)
    all.append((method, path))
    router.on(RouterPath(path), method: method, use: handler)
  }
}
