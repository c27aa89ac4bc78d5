internal import HTTPTypes
internal import Hummingbird
internal import Music
internal import NIOCore
internal import Synchronization

/// Something to listen to of each song.
struct PreviewRoutes: Sendable {
  let host: ModelHost
  let recordings: Recordings
  private let files = FileIO()
  private let sketches = SketchCache()
  private let making = Work("sketches")

  init(host: ModelHost, recordings: Recordings) { (self.host, self.recordings) = (host, recordings) }

  func add(to router: Routes) {
    router.get("/api/v1/tracks/{trackId}/preview") { request, context in
      let catalogue = try host.current.catalogue
      guard let row = catalogue.row(of: try context.parameters.require("trackId")) else {
        throw APIError.notFound("song")
      }
      switch recordings.preview(of: row, in: catalogue) {
      case .file: return try await file(recordings.path(of: row, in: catalogue)!, request, context)
      case .link: return Response(status: .found, headers: [.location: Recordings.link(of: row, in: catalogue)!])
      case .sketch: return try await sketch(of: row, in: catalogue, request)
      case .none: throw APIError.notFound("recording of this song, and it has no features to make a sketch from")
      }
    }
  }

  private func file(_ path: String, _ request: Request, _ context: VisitContext) async throws -> Response {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let headers: HTTPFields = [.contentType: Recordings.mediaTypes[ending]!, .acceptRanges: "bytes"]
    guard let size = Recordings.size(of: path) else { throw APIError.notFound("file any more") }
    guard let range = try ByteRange(request, size: size) else {
      return Response(status: .ok, headers: headers, body: try await files.loadFile(path: path, context: context))
    }
    return Response(
      status: .partialContent, headers: headers + range.header(size: size),
      body: try await files.loadFile(path: path, range: range.bytes, context: context))
  }

  private func sketch(of row: Int32, in catalogue: Catalogue, _ request: Request) async throws -> Response {
    let key = "\(catalogue.fingerprint) \(row)"
    let wave =
      if let known = sketches[key] { known } else {
        try await making.run {
          let wave = ByteBuffer(bytes: Sketch(row, of: catalogue).wave())
          sketches[key] = wave
          return wave
        }
      }
    let headers: HTTPFields = [
      .contentType: "audio/wav", .acceptRanges: "bytes", .cacheControl: "private, max-age=3600",
    ]
    guard let range = try ByteRange(request, size: wave.readableBytes) else {
      return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: wave))
    }
    return Response(
      status: .partialContent, headers: headers + range.header(size: wave.readableBytes),
      body: ResponseBody(byteBuffer: wave.getSlice(at: range.bytes.lowerBound, length: range.bytes.count)!))
  }
}

/// The sketches that were made last.
private final class SketchCache: Sendable {
  private static let capacity = 64
  private let waves = Mutex<(byKey: [String: ByteBuffer], order: [String])>(([:], []))

  subscript(_ key: String) -> ByteBuffer? {
    get { waves.withLock { $0.byKey[key] } }
    set {
      waves.withLock { waves in
        if waves.byKey.updateValue(newValue!, forKey: key) == nil { waves.order.append(key) }
        if waves.order.count > Self.capacity { waves.byKey[waves.order.removeFirst()] = nil }
      }
    }
  }
}

/// The one range of bytes that a request asks for (RFC 9110, 14.1).
struct ByteRange: Equatable {
  let bytes: ClosedRange<Int>

  /// Nil where the whole is asked for, and where the header is not understood.
  /// - Throws: `APIError` 416 for a range outside.
  init?(_ request: Request, size: Int) throws {
    guard let text = request.headers[.range] else { return nil }
    try self.init(text, size: size)
  }

  init?(_ text: String, size: Int) throws {
    guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
    let ends = text.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return nil }
    let (first, last) = (Int(ends[0]), Int(ends[1]))
    guard first != nil || ends[0].isEmpty, last != nil || ends[1].isEmpty else { return nil }
    switch (first, last) {
    case (let first?, _) where first >= 0 && first < size && last ?? first >= first:
      bytes = first...min(last ?? size - 1, size - 1)
    case (nil, let length?) where length > 0 && size > 0:
      bytes = max(0, size - length)...size - 1
    case (nil, nil): return nil
    default:
      var error = APIError(.rangeNotSatisfiable, "range", "There are \(size) bytes.")
      error.headers[.contentRange] = "bytes */\(size)"
      throw error
    }
  }

  func header(size: Int) -> HTTPFields { [.contentRange: "bytes \(bytes.lowerBound)-\(bytes.upperBound)/\(size)"] }
}

extension HTTPFields {
  fileprivate static func + (first: HTTPFields, second: HTTPFields) -> HTTPFields {
    var fields = first
    fields.append(contentsOf: second)
    return fields
  }
}
