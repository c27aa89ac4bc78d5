internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Why a request was not done, as it is answered: `{"error": {"code": …, "message": …}}`.
struct APIError: HTTPResponseError {
  var status: HTTPResponse.Status
  var code: String
  /// A sentence for the reader, with the remedy where there is one.
  var message: String
  var headers = HTTPFields()

  init(_ status: HTTPResponse.Status, _ code: String, _ message: String) {
    (self.status, self.code, self.message) = (status, code, message)
  }

  static func badRequest(_ message: String) -> APIError { APIError(.badRequest, "bad_request", message) }
  static func notFound(_ what: String) -> APIError { APIError(.notFound, "not_found", "There is no such \(what).") }

  /// What may pass.
  static func busy(_ status: HTTPResponse.Status, _ message: String, retryAfter seconds: Int) -> APIError {
    var error = APIError(status, status == .tooManyRequests ? "too_many_requests" : "unavailable", message)
    error.headers[.retryAfter] = String(seconds)
    return error
  }

  func response(from request: Request, context: some RequestContext) throws -> Response { response }

  var response: Response {
    struct Body: Encodable {
      struct Fault: Encodable { var code, message: String }
      var error: Fault
    }
    var response = Response.json(Body(error: .init(code: code, message: message)), status: status)
    response.headers.append(contentsOf: headers)
    return response
  }
}
