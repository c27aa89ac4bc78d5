internal import Files
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore

/// Makes an answer of whatever was thrown. What is our own fault is logged whole and answered without details.
struct ErrorMiddleware: RouterMiddleware {
  typealias Context = VisitContext
  /// Methods of each path that there is.
  let methods: RouteMethods

  func handle(
    _ request: Request, context: Context, next: (Request, Context) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as APIError {
      return error.response
    } catch let refusal as PlaylistRefusal {
      return Self.error(refusal).response
    } catch let error as InputError {
      return APIError.badRequest(error.remedy.isEmpty ? "\(error.reason)." : "\(error.reason). \(error.remedy)")
        .response
    } catch let error as UsageError {
      return APIError.badRequest(error.description).response
    } catch let error as HTTPError {
      let allowed = error.status == .notFound ? methods.allowed(at: request.uri.path) : []
      guard allowed.isEmpty else {
        var refusal = APIError(
          .methodNotAllowed, "method_not_allowed", "Here one can \(allowed.joined(separator: ", ")).")
        refusal.headers[.allow] = allowed.joined(separator: ", ")
        return refusal.response
      }
      let message = error.status == .notFound ? "There is nothing at this address." : error.body ?? "\(error.status)"
      return APIError(error.status, error.status == .notFound ? "not_found" : "bad_request", message).response
    } catch is CancellationError {
      return APIError.busy(.serviceUnavailable, "The server is stopping.", retryAfter: 5).response
    } catch {
      context.logger.error("a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
      return APIError(.internalServerError, "internal", "That failed, and it is our fault. It was logged.").response
    }
  }

  private static func error(_ refusal: PlaylistRefusal) -> APIError {
    switch refusal {
    case .unknownPlaylist: .notFound("playlist")
    case .unknownEntry: .notFound("song in this playlist")
    case .changedSince: APIError(.conflict, "changed", "The playlist was changed meanwhile: read it again.")
    case .tooManyPlaylists:
      APIError(.conflict, "full", "One can have \(UserStore.playlistLimit) playlists: delete one first.")
    case .tooManySongs: APIError(.conflict, "full", "A playlist can have \(UserStore.songLimit) songs.")
    }
  }
}

/// Which methods each path has, to tell "not this way" (405) from "nothing here" (404).
struct RouteMethods: Sendable {
  private var methods: [[String]: [String]] = [:]

  /// - Parameter path: as the router has it; `{name}` stands for anything.
  mutating func add(_ method: HTTPRequest.Method, _ path: String) {
    methods[path.split(separator: "/").map(String.init), default: []].append(method.rawValue)
  }

  /// All, such as "GET /api/v1/tracks/{trackId}".
  var all: [String] { methods.flatMap { path, methods in methods.map { "\($0) /\(path.joined(separator: "/"))" } } }

  /// Of the pattern that fits best, which is the one with the most words of its own, as the router chooses.
  func allowed(at path: String) -> [String] {
    let parts = path.split(separator: "/")
    let fitting = methods.filter { pattern, _ in
      pattern.count == parts.count && zip(pattern, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
    return fitting.max { $0.key.count { !$0.hasPrefix("{") } < $1.key.count { !$0.hasPrefix("{") } }?.value.sorted()
      ?? []
  }
}
