internal import Files
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Yams

/// The page and the contract, which are part of the program.
struct PageRoutes: Sendable {
  private static let mediaTypes = [
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml", "yaml": "application/yaml; charset=utf-8", "json": "application/json; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
  ]

  /// A file as it is sent; it changes with the program only.
  private struct Asset: Sendable {
    var bytes: ByteBuffer
    var mediaType: String
    var tag: String

    init(_ name: String, _ bytes: [UInt8]) {
      self.bytes = ByteBuffer(bytes: bytes)
      mediaType = PageRoutes.mediaTypes[String(name.split(separator: ".").last!)]!
      tag = "\"\(Secret.hash(String(decoding: bytes, as: UTF8.self)).prefix(12).base64EncodedString())\""
    }

    func response(to request: Request) -> Response {
      let headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
      // A list of tags, or what a proxy that compresses makes of one (W/"…").
      if request.headers[.ifNoneMatch]?.contains(tag) == true {
        return Response(status: .notModified, headers: headers)
      }
      var response = Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: bytes))
      response.headers[.contentType] = mediaType
      return response
    }
  }

  private static let pages = [
    "/": "index.html", "/help": "help.html", "/api": "api.html", "/openapi.yaml": "openapi.yaml",
    "/openapi.json": "openapi.json", "/favicon.ico": "icon.svg",
  ]
  private static let assetsPath = "/assets/{name}"
  /// All paths here, as the router has them.
  static let paths = Set(pages.keys).union([assetsPath])

  private let assets: [String: Asset]

  init() {
    var files = PageFiles.all
    files["openapi.json"] = Self.json(files["openapi.yaml"]!)
    assets = Dictionary(uniqueKeysWithValues: files.map { ($0.key, Asset($0.key, $0.value)) })
  }

  func add(to router: Routes) {
    for (path, name) in Self.pages {
      let asset = assets[name]!
      router.get(path) { request, _ in asset.response(to: request) }
    }
    router.get(Self.assetsPath) { [assets] request, context in
      guard let asset = assets[try context.parameters.require("name")] else { throw APIError.notFound("file") }
      return asset.response(to: request)
    }
  }

  /// The same document as JSON, in the same order, for the page that shows it.
  private static func json(_ yaml: [UInt8]) -> [UInt8] {
    do {
      return Array(try json(Yams.compose(yaml: String(decoding: yaml, as: UTF8.self))!).utf8)
    } catch { preconditionFailure("openapi.yaml: \(error)") }
  }

  private static func json(_ node: Node) throws -> String {
    func quoted(_ text: String) throws -> String { String(decoding: try JSONEncoder().encode(text), as: UTF8.self) }
    switch node {
    case .mapping(let mapping):
      let members = try mapping.map { "\(try quoted($0.string ?? "")):\(try json($1))" }
      return "{\(members.joined(separator: ","))}"
    case .sequence(let sequence): return "[\(try sequence.map(json).joined(separator: ","))]"
    case .scalar(let scalar):
      guard scalar.style == .plain || scalar.style == .any else { return try quoted(scalar.string) }
      if let flag = node.bool { return "\(flag)" }
      if let number = node.int { return "\(number)" }
      if let number = node.float { return "\(number)" }
      return node.null != nil ? "null" : try quoted(scalar.string)
    case .alias: preconditionFailure("openapi.yaml: an alias")
    }
  }
}
