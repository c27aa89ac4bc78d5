internal import Files
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Music
internal import NIOCore
internal import Recommendation

/// What music players ask for in the form of the Subsonic API and its OpenSubsonic extensions: songs like one, and a way
/// from one song to another. Answers XML, or JSON with `f=json`. No log-in is needed, as for `/recommends`; a token may be
/// given as `apiKey`, and a wrong one is refused.
struct PlayerRoutes: Sendable {
  let host: ModelHost
  let recordings: Recordings
  let store: UserStore
  private let paths = Work("paths")

  init(host: ModelHost, recordings: Recordings, store: UserStore) {
    (self.host, self.recordings, self.store) = (host, recordings, store)
  }

  /// Answers `error` elements with these codes; HTTP's status is 200, as the API has it. A server that is busy or starting
  /// answers 503 here as everywhere.
  private struct Fault: Error {
    var code: Int
    var message: String
    static func missing(_ name: String) -> Fault { Fault(code: 10, message: "Required parameter \(name) is missing.") }
    static let unknown = Fault(code: 70, message: "There is no such song.")
    static let wrongKey = Fault(code: 44, message: "The API key is unknown or was revoked.")
  }

  func add(to router: Routes) {
    // Clients call both with and without the ending, by GET or with a form.
    for ending in ["", ".view"] {
      on("ping\(ending)", router) { _, _ in [:] }
      on("getOpenSubsonicExtensions\(ending)", router) { _, _ in
        [
          "openSubsonicExtensions": .list(
            [("apiKeyAuthentication", 1), ("sonicSimilarity", 1), ("formPost", 1)].map { name, version in
              .object(["name": .text(name), "versions": .list([.number(Double(version))])])
            })
        ]
      }
      on("getSimilarSongs2\(ending)", router) { query, model in
        let songs = try await similar(query, "id", model, count: 50)
        return ["similarSongs2": .object(["song": .list(songs.map { song($0.row, model) })])]
      }
      on("getSonicSimilarTracks\(ending)", router) { query, model in
        let songs = try await similar(query, "id", model, count: 10)
        // The first is 1, the others what they are worth beside it.
        let scores = songs.map(\.score)
        let (best, worst) = (scores.first ?? 0, scores.last ?? 0)
        return [
          "sonicMatch": .list(
            songs.map { found in
              let share = best > worst ? (found.score - worst) / (best - worst) : 1
              return .object(["entry": song(found.row, model), "similarity": .number((share * 1e4).rounded() / 1e4)])
            })
        ]
      }
      on("findSonicPath\(ending)", router) { query, model in
        let (start, end) = (try row(query, "startSongId", model), try row(query, "endSongId", model))
        let count = min(max(query["count"].flatMap(Int.init) ?? 25, 2), 100)
        let path = try await paths.run { try Self.path(from: start, to: end, count: count, model) }
        return [
          "sonicMatch": .list(
            path.map { .object(["entry": song($0.row, model), "similarity": .number($0.similarity)]) })
        ]
      }
    }
  }

  // MARK: The calls

  private func similar(
    _ query: [String: String], _ name: String, _ model: ServedModel, count standard: Int
  ) async throws -> [Recommendation] {
    let row = try row(query, name, model)
    guard model.ranksCatalogue || model.catalogue.hasNumbers(row) else { return [] }
    let count = min(max(query["count"].flatMap(Int.init) ?? standard, 1), 500)
    var wishes = Wishes()
    wishes.allowsVersions = false
    let request = PlaylistRequest(songs: [row], wishes: wishes)
    return try await model.queue.recommend(request, count: count, reasons: false).songs
  }

  /// Songs on the straight line between two, in the space of the 29 numbers, the nearest at each of equal steps.
  private static func path(
    from start: Int32, to end: Int32, count: Int, _ model: ServedModel
  ) throws -> [(row: Int32, similarity: Double)] {
    let catalogue = model.catalogue
    guard catalogue.hasNumbers(start), catalogue.hasNumbers(end) else {
      throw Fault(code: 70, message: "One of the songs has no audio features.")
    }
    let (first, last) = (catalogue.vector(start), catalogue.vector(end))
    var taken = SongSet(capacity: catalogue.count, rows: [start, end])
    var path: [(row: Int32, similarity: Double)] = [(start, 1)]
    for step in 1..<max(1, count - 1) {
      let share = Float(step) / Float(count - 1)
      let target = zip(first, last).map { $0 + share * ($1 - $0) }
      guard let found = model.folder.songs.nearest(to: target, excluding: taken) else { break }
      taken.insert(found.row)
      path.append((found.row, (1e4 / (1 + found.distance)).rounded() / 1e4))
    }
    return path + [(end, 1)]
  }

  private func row(_ query: [String: String], _ name: String, _ model: ServedModel) throws -> Int32 {
    guard let id = query[name] else { throw Fault.missing(name) }
    guard let row = model.catalogue.row(of: TrackList.id(id)) else { throw Fault.unknown }
    return row
  }

  private func song(_ row: Int32, _ model: ServedModel) -> Element {
    let track = TrackAnswer(row, of: model.catalogue, recordings)
    var fields: [String: Element] = [
      "id": .text(track.id), "title": .text(track.name), "artist": .text(track.artist), "isDir": .flag(false),
      "type": .text("music"), "mediaType": .text("song"),
    ]
    if let album = track.album { fields["album"] = .text(album) }
    if let year = track.year { fields["year"] = .number(Double(year)) }
    if let genre = track.genre { fields["genre"] = .text(genre) }
    if let duration = track.durationMs { fields["duration"] = .number(Double((duration + 500) / 1000)) }
    if let tempo = track.features[AudioFeature.tempo.rawValue] { fields["bpm"] = .number(tempo.rounded()) }
    return .object(fields)
  }

  // MARK: The form

  /// A part of an answer, which becomes XML or JSON.
  private indirect enum Element: Encodable, Sendable {
    case text(String)
    case number(Double)
    case flag(Bool)
    case list([Element])
    case object([String: Element])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .number(let number):
        if let whole = Int(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
      case .flag(let flag): try container.encode(flag)
      case .list(let elements): try container.encode(elements)
      case .object(let fields): try container.encode(fields)
      }
    }

    private var plain: String? {
      switch self {
      case .text(let text): text
      case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
      case .flag(let flag): "\(flag)"
      case .list, .object: nil
      }
    }

    /// Plain values as attributes, others as elements.
    func xml(_ name: String) -> String {
      switch self {
      case .list(let elements): return elements.map { $0.xml(name) }.joined()
      case .object(let fields):
        let sorted = fields.sorted { $0.key < $1.key }
        let attributes = sorted.compactMap { name, value in value.plain.map { " \(name)=\"\(Self.escaped($0))\"" } }
        let children = sorted.filter { $0.value.plain == nil }.map { $0.value.xml($0.key) }
        return "<\(name)\(attributes.joined())>\(children.joined())</\(name)>"
      case .text, .number, .flag: return "<\(name)>\(Self.escaped(plain!))</\(name)>"
      }
    }

    private static func escaped(_ text: String) -> String {
      text.unicodeScalars.map { scalar in
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case _ where scalar.value < 0x20 && scalar != "\t" && scalar != "\n": " "
        default: String(scalar)
        }
      }.joined()
    }
  }

  private func on(
    _ call: String, _ router: Routes,
    _ body: @escaping @Sendable ([String: String], ServedModel) async throws -> [String: Element]
  ) {
    let handler: Routes.Handler = { request, _ in
      var query: [String: String] = [:]
      for (name, value) in request.uri.withSpaces.queryParameters { query[String(name)] = String(value) }
      if request.method == .post {
        let form = String(buffer: try await request.bytes(limit: 1 << 16))
        for (name, value) in URI("/?\(form)").withSpaces.queryParameters { query[String(name)] = String(value) }
      }
      var content: [String: Element] = [
        "version": .text("1.16.1"), "type": .text("segue"), "openSubsonic": .flag(true), "status": .text("ok"),
        "serverVersion": .text("1"),
      ]
      do {
        if let key = query["apiKey"], try await store.user(token: key) == nil { throw Fault.wrongKey }
        content.merge(try await body(query, try host.current)) { $1 }
      } catch let fault as Fault {
        content["status"] = .text("failed")
        content["error"] = .object(["code": .number(Double(fault.code)), "message": .text(fault.message)])
      }
      return Self.response(content, isJSON: query["f"] == "json")
    }
    router.get("/rest/\(call)", handler)
    router.post("/rest/\(call)", handler)
  }

  private static func response(_ content: [String: Element], isJSON: Bool) -> Response {
    if isJSON { return .json(["subsonic-response": Element.object(content)]) }
    var content = content
    content["xmlns"] = .text("http://subsonic.org/restapi")
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + Element.object(content).xml("subsonic-response") + "\n"
    return Response(
      status: .ok, headers: [.contentType: "text/xml; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}
