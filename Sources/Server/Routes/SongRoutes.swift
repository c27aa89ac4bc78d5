internal import Hummingbird
internal import Music

/// Searching and browsing.
struct SongRoutes: Sendable {
  static let queryLimit = 200
  static let pageLimit = 100
  let host: ModelHost
  let recordings: Recordings
  let details: SpotifyDetails

  struct Tracks: Encodable {
    var tracks: [TrackAnswer]
    var total: Int
  }

  struct Artists: Encodable {
    struct Artist: Encodable {
      var name: String
      var tracks: Int
    }
    var artists: [Artist]
    var total: Int
  }

  func add(to router: Routes) {
    router.get("/api/v1/search") { request, _ in
      let model = try host.current
      guard let query = try request.text("q", limit: Self.queryLimit) else {
        throw APIError.badRequest("q is missing.")
      }
      let (limit, offset) = try page(request)
      return answer(model.search.songs(matching: query, limit: limit, offset: offset), model)
    }
    router.get("/api/v1/artists") { request, _ in
      let model = try host.current
      let (limit, offset) = try page(request)
      let prefix = try request.text("prefix", limit: Self.queryLimit) ?? ""
      let found = model.search.artists(prefix: prefix, limit: limit, offset: offset)
      return .json(
        Artists(artists: found.artists.map { .init(name: $0.name, tracks: $0.songCount) }, total: found.total))
    }
    router.get("/api/v1/tracks") { request, _ in
      let model = try host.current
      let (limit, offset) = try page(request)
      if let artist = try request.text("artist", limit: 500) {
        return answer(model.search.songs(by: artist, limit: limit, offset: offset), model)
      }
      let sort = try request.text("sort", limit: 10) ?? "title"
      guard let order = SongSearch.Order(rawValue: sort) else {
        throw APIError.badRequest("sort must be title or artist.")
      }
      let prefix = try request.text("prefix", limit: Self.queryLimit) ?? ""
      return answer(model.search.songs(sortedBy: order, prefix: prefix, limit: limit, offset: offset), model)
    }
    router.get("/api/v1/tracks/{trackId}") { request, context in
      let model = try host.current
      let row = try row(context, model)
      var track = TrackAnswer(row, of: model.catalogue, recordings)
      if case .spotify(let answer) = await details.tracks([row], of: model.catalogue)[0] { track.take(answer) }
      return .json(track)
    }
  }

  private func page(_ request: Request) throws -> (limit: Int, offset: Int) {
    (
      try request.integer("limit", default: 20, in: 1...Self.pageLimit),
      try request.integer("offset", default: 0, in: 0...100_000_000)
    )
  }

  private func answer(_ found: SongSearch.Result, _ model: ServedModel) -> Response {
    .json(
      Tracks(tracks: found.rows.map { TrackAnswer($0, of: model.catalogue, recordings) }, total: found.total))
  }

  /// - Throws: `APIError` 404.
  private func row(_ context: VisitContext, _ model: ServedModel) throws -> Int32 {
    guard let row = model.catalogue.row(of: try context.parameters.require("trackId")) else {
      throw APIError.notFound("song")
    }
    return row
  }
}
