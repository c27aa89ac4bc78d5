internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import NIOCore
internal import NIOFoundationEssentialsCompat

extension Response {
  /// A value as JSON, names in snake case.
  static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.withoutEscapingSlashes]
    do {
      let data = try encoder.encode(value)
      return Response(
        status: status, headers: [.contentType: "application/json; charset=utf-8"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    } catch {
      preconditionFailure("Response.json: \(error)")
    }
  }

  static var noContent: Response { Response(status: .noContent) }
}

extension Request {
  /// Bytes of a body that is taken at all, but for files.
  static let bodyLimit = 1 << 20
  /// How long a body may take to arrive.
  static let bodySeconds: Int64 = 20

  /// The body, JSON with names in snake case.
  /// - Throws: `APIError`: 415 for another type, 413 for too much, 408 for what takes too long, 400 for what is not the form
  ///   asked for.
  func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
    guard headers[.contentType]?.split(separator: ";").first?.lowercased() == "application/json" else {
      throw APIError(.unsupportedMediaType, "unsupported_media_type", "Send JSON, with Content-Type: application/json.")
    }
    let bytes = try await bytes(limit: Self.bodyLimit)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(type, from: Data(buffer: bytes))
    } catch let error as DecodingError {
      throw APIError.badRequest(Self.explain(error))
    }
  }

  /// The body as it is.
  func bytes(limit: Int) async throws -> ByteBuffer {
    let tooLarge = APIError(.contentTooLarge, "too_large", "The body may have at most \(limit) bytes.")
    if let length = headers[.contentLength].flatMap(Int.init), length > limit { throw tooLarge }
    let body = body
    return try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
      group.addTask {
        do { return try await body.collect(upTo: limit) } catch is NIOTooManyBytesError { throw tooLarge }
      }
      group.addTask {
        try await Task.sleep(for: .seconds(Self.bodySeconds))
        throw APIError(.requestTimeout, "too_slow", "The body took longer than \(Self.bodySeconds) seconds to arrive.")
      }
      defer { group.cancelAll() }
      return try await group.next()!
    }
  }

  private static func explain(_ error: DecodingError) -> String {
    func path(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
      return path.isEmpty ? "the body" : String(path.drop { $0 == "." })
    }
    switch error {
    case .keyNotFound(let key, _): return "\(key.stringValue) is missing."
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      return "\(path(context)) has the wrong type."
    case .dataCorrupted(let context):
      return context.codingPath.isEmpty
        ? "The body is no JSON." : "\(path(context)) is not a value that is possible here."
    @unknown default: return "The body does not have the form asked for."
    }
  }

  // MARK: Query

  /// A whole number of the query within a range.
  /// - Throws: `APIError` 400.
  func integer(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
    guard let text = uri.withSpaces.queryParameters[name[...]] else { return standard }
    guard let value = Int(text), range.contains(value) else {
      throw APIError.badRequest("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
    }
    return value
  }

  /// A text of the query, nil where there is none.
  /// - Throws: `APIError` 400 for one that is too long.
  func text(_ name: String, limit: Int) throws -> String? {
    guard let text = uri.withSpaces.queryParameters[name[...]] else { return nil }
    guard text.unicodeScalars.count <= limit else {
      throw APIError.badRequest("\(name) may have at most \(limit) characters.")
    }
    return String(text)
  }
}

extension URI {
  /// The same with %20 for each +, which is how browsers and forms send a space (application/x-www-form-urlencoded).
  var withSpaces: URI { string.contains("+") ? URI(string.replacing("+", with: "%20")) : self }
}

extension String {
  /// ISO 8601 in UTC.
  init(secondsSince1970 seconds: Double) {
    self = Date(timeIntervalSince1970: seconds).formatted(.iso8601)
  }
}

extension String {
  var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }

  /// Whether it holds what belongs into no line of text.
  var hasControls: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}

extension APIError {
  /// A name that somebody gave something, without spaces around it.
  /// - Throws: `APIError` 400 for one that is empty, too long or no line of text.
  static func checked(_ text: String, _ field: String, limit: Int) throws -> String {
    let text = text.trimmed
    guard !text.isEmpty, text.unicodeScalars.count <= limit, !text.hasControls else {
      throw badRequest("\(field) must be a line of 1 to \(limit) characters.")
    }
    return text
  }
}
