import Foundation
import Server
import TestSupport
import Testing
import Yams

/// `openapi.yaml` as the tests read it.
struct Contract {
  let document: [String: Any]

  init() throws {
    let path = SharedFolder.packageRoot + "/Sources/Server/Page/openapi.yaml"
    document = try #require(try Yams.load(yaml: String(contentsOfFile: path, encoding: .utf8)) as? [String: Any])
  }

  private var paths: [String: [String: Any]] { document["paths"] as! [String: [String: Any]] }

  /// Methods and paths, in order.
  var operations: [(method: String, path: String)] {
    paths.flatMap { path, item in
      item.keys.filter { $0 != "parameters" }.map { ($0.uppercased(), path) }
    }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
  }

  /// The schema of an answer; nil where it has none.
  func schema(_ method: String, _ path: String, status: Int) throws -> [String: Any]? {
    let operation = try #require(paths[path]?[method.lowercased()] as? [String: Any], "\(method) \(path)")
    let responses = operation["responses"] as! [String: Any]
    let response = try #require(
      resolve((responses["\(status)"] ?? responses["default"]) as Any), "\(method) \(path) may not answer \(status)")
    let content = response["content"] as? [String: Any]
    return (content?["application/json"] as? [String: Any])?["schema"] as? [String: Any]
  }

  /// What of a value is not as its schema says; empty when all is.
  func faults(of value: Any?, schema: [String: Any], at place: String = "$") -> [String] {
    let schema = resolve(schema)!
    if let all = schema["allOf"] as? [[String: Any]] {
      return all.flatMap { faults(of: value, schema: $0, at: place) }
    }
    if let any = schema["anyOf"] as? [[String: Any]] {
      return any.contains { faults(of: value, schema: $0, at: place).isEmpty } ? [] : ["\(place): none of anyOf"]
    }
    if let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map({ [$0] }) {
      guard types.contains(where: { Self.isOf($0, value) }) else {
        return ["\(place): \(value ?? "nil") is no \(types)"]
      }
    }
    if let allowed = schema["enum"] as? [Any], let text = value as? String {
      guard allowed.contains(where: { $0 as? String == text }) else { return ["\(place): \(text) is not of the enum"] }
    }
    if let object = value as? [String: Any] {
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }
      return missing.map { "\(place): \($0) is missing" }
        + object.flatMap { name, value -> [String] in
          let inner = properties[name] ?? schema["additionalProperties"] as? [String: Any]
          return inner.map { faults(of: value, schema: $0, at: "\(place).\(name)") } ?? []
        }
    }
    if let list = value as? [Any], let items = schema["items"] as? [String: Any] {
      return list.enumerated().flatMap { faults(of: $1, schema: items, at: "\(place)[\($0)]") }
    }
    return []
  }

  private func resolve(_ node: Any) -> [String: Any]? {
    guard let node = node as? [String: Any] else { return nil }
    guard let reference = node["$ref"] as? String else { return node }
    return resolve(
      reference.dropFirst(2).split(separator: "/").reduce(document as Any) { ($0 as! [String: Any])[String($1)]! })
  }

  private static func isOf(_ type: String, _ value: Any?) -> Bool {
    switch type {
    case "null": return value is NSNull
    case "string": return value is String
    case "array": return value is [Any]
    case "object": return value is [String: Any]
    default:
      guard let number = value as? NSNumber, !(value is NSNull) else { return false }
      let isFlag = String(cString: number.objCType) == "c"
      switch type {
      case "boolean": return isFlag || number == 0 || number == 1
      case "integer": return !isFlag && number.doubleValue == number.doubleValue.rounded()
      default: return !isFlag
      }
    }
  }
}

/// The server does what `openapi.yaml` says, and nothing else.
@Suite struct ContractTests {
  @Test func `what the contract names is there, by these methods only`() async throws {
    let visitor = Visitor(try await Served.shared)
    let operations = try Contract().operations
    #expect(operations.count > 30)
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    for path in Set(operations.map(\.path)) {
      let address = path.replacing(/\{[a-zA-Z]+\}/, with: "1")
      for method in methods {
        // Players may also send a form.
        let isNamed = operations.contains { $0 == (method, path) } || path.hasPrefix("/rest/") && method == "POST"
        let reply = try await visitor.send(method, address)
        #expect((reply.status != 405) == isNamed, "\(method) \(path): \(reply.status)")
        #expect(reply.status < 500, "\(method) \(path): \(reply.status)")
        if !isNamed { #expect(reply.headers.first(name: "Allow")?.isEmpty == false) }
      }
    }
    #expect(try await visitor.send("GET", "/api/v1/nothing").status == 404)
  }

  @Test func `what is there is in the contract`() throws {
    var settings = ServerSettings()
    let data = try ScratchFolder()
    settings.data = data.path
    let server = try WebServer(model: "none", settings: settings) { _ in throw CancellationError() }
    let named = try Contract().operations.map { "\($0.method) \($0.path)" }
    let page = ["/", "/help", "/api", "/openapi.yaml", "/openapi.json", "/favicon.ico", "/assets/{name}"]
    let others = server.operations.filter { operation in
      let (method, path) = (operation.prefix { $0 != " " }, String(operation.drop { $0 != " " }.dropFirst()))
      // Players' calls also end so, and take a form.
      if path.hasPrefix("/rest/") && (path.hasSuffix(".view") || method == "POST") {
        return !named.contains("GET \(path.replacing(".view", with: ""))")
      }
      return !named.contains(method == "HEAD" ? "GET \(path)" : operation) && !page.contains(path)
    }
    #expect(others.isEmpty, "\(others.sorted())")
    #expect(Set(named).isSubset(of: server.operations))
  }

  @Test func `answers have the form that the contract gives them`() async throws {
    let contract = try Contract()
    let visitor = Visitor(try await Served.shared)
    func check(_ method: String, _ path: String, as pattern: String? = nil, json: Any? = nil) async throws -> Value {
      let reply = try await visitor.send(method, path, json: json)
      let pattern = pattern ?? String(path.prefix { $0 != "?" })
      guard let schema = try contract.schema(method, pattern, status: reply.status) else {
        #expect(reply.bytes.isEmpty, "\(method) \(path): \(reply.text)")
        return reply.json
      }
      let faults = contract.faults(of: reply.json.any, schema: schema)
      #expect(faults.isEmpty, "\(method) \(path) (\(reply.status)): \(faults)")
      return reply.json
    }
    _ = try await check("GET", "/api/v1/session")
    let made = try await check("POST", "/api/v1/playlists", json: ["name": "x", "tracks": ["t1", "t7"]])
    let (id, entry) = (made["id"].string!, made["tracks"][0]["entry"].int!)
    let list = "/api/v1/playlists/{playlistId}"
    _ = try await check("GET", "/api/v1/playlists")
    _ = try await check("GET", "/api/v1/playlists/\(id)", as: list)
    _ = try await check("PATCH", "/api/v1/playlists/\(id)", as: list, json: ["name": "y"])
    _ = try await check("POST", "/api/v1/playlists/\(id)/tracks", as: "\(list)/tracks", json: ["tracks": ["t2"]])
    _ = try await check(
      "PATCH", "/api/v1/playlists/\(id)/tracks/\(entry)", as: "\(list)/tracks/{entry}", json: ["position": 1])
    let saved = try await check(
      "POST", "/api/v1/recommendations",
      json: ["playlist": id, "count": 3, "save": true, "reasons": true, "steering": ["energy": ["by": 0.1]]])
    _ = try await check("GET", "/api/v1/history")
    _ = try await check(
      "POST", "/api/v1/history/\(saved["history_id"].int!)/restore", as: "/api/v1/history/{historyId}/restore")
    _ = try await check("PUT", "/api/v1/feedback/t3", as: "/api/v1/feedback/{trackId}", json: ["verdict": "like"])
    for path in [
      "/api/v1/feedback", "/api/v1/model", "/api/v1/tokens", "/api/v1/search?q=song", "/api/v1/artists",
      "/api/v1/tracks?sort=artist", "/api/v1/session",
    ] { _ = try await check("GET", path) }
    _ = try await check("GET", "/api/v1/tracks/t7", as: "/api/v1/tracks/{trackId}")
    _ = try await check("GET", "/api/v1/tracks/nobody", as: "/api/v1/tracks/{trackId}")
    _ = try await check("POST", "/api/v1/tokens", json: ["label": "x"])
    _ = try await check("POST", "/recommends", json: ["idlist": ["t1"]])
    _ = try await check("POST", "/recommends", json: ["idlist": []])
    _ = try await check("DELETE", "/api/v1/playlists/\(id)", as: list)
  }

  @Test func `every file of the page is part of the program`() async throws {
    let visitor = Visitor(try await Served.shared)
    let folder = SharedFolder.packageRoot + "/Sources/Server/Page"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.contains("index.html") && names.count > 30)
    for name in names {
      let reply = try await visitor.send("GET", "/assets/\(name)")
      #expect(reply.status == 200, "\(name)")
      #expect(reply.bytes == [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))), "\(name)")
    }
  }

  @Test func `the contract is served, as YAML and as JSON, and says the same`() async throws {
    let visitor = Visitor(try await Served.shared)
    let yaml = try await visitor.send("GET", "/openapi.yaml")
    let json = try await visitor.send("GET", "/openapi.json")
    let document = try #require(try Yams.load(yaml: yaml.text) as? NSDictionary)
    #expect(json.json.any as? NSDictionary == document)
    let tag = try #require(yaml.headers.first(name: "ETag"))
    #expect(try await visitor.send("GET", "/openapi.yaml", headers: ["If-None-Match": tag]).status == 304)
  }
}
