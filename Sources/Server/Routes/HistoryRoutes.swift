internal import Hummingbird
internal import Music

/// What was recommended to a user, and what they thought of it.
struct HistoryRoutes: Sendable {
  let host: ModelHost
  let recordings: Recordings
  let store: UserStore
  let visitors: Visitors

  struct Entry: Encodable {
    var id: Int64
    var createdAt: String
    @Null var playlistName: String?
    var seeds, recommendations: [TrackAnswer]
  }

  struct Page: Encodable {
    var entries: [Entry]
    @Null var next: Int64?
  }

  struct Opinion: Encodable {
    var track: TrackAnswer
    var verdict: Verdict
    var createdAt: String
  }

  private static let songsOfPage = 3000

  func add(to router: Routes) {
    router.get("/api/v1/history") { request, _ in
      let limit = try request.integer("limit", default: 20, in: 1...100)
      let before = try request.integer("before", default: Int.max, in: 0...Int.max)
      let model = try host.current
      guard let user = try await visitors.user(of: request) else { return .json(Page(entries: [], next: nil)) }
      let stored = try await store.history(of: user, before: Int64(before), limit: limit + 1)
      // A page ends early where its entries are long.
      var songCount = 0
      let page = stored.prefix(limit).prefix { entry in
        defer { songCount += entry.seeds.count + entry.songs.count }
        return songCount < Self.songsOfPage
      }
      let entries = page.map { entry in
        func tracks(_ ids: [String]) -> [TrackAnswer] { ids.map { TrackAnswer(id: $0, in: model, recordings) } }
        return Entry(
          id: entry.id, createdAt: String(secondsSince1970: entry.created), playlistName: entry.playlistName,
          seeds: tracks(entry.seeds), recommendations: tracks(entry.songs))
      }
      return .json(Page(entries: entries, next: stored.count > page.count ? entries.last?.id : nil))
    }
    router.delete("/api/v1/history") { request, _ in
      if let user = try await visitors.user(of: request) { try await store.clearHistory(of: user) }
      return .noContent
    }
    router.delete("/api/v1/history/{historyId}") { request, context in
      let user = try await visitors.user(of: request, having: "entry of the history")
      guard try await store.deleteHistoryEntry(try id(context), of: user) else {
        throw APIError.notFound("entry of the history")
      }
      return .noContent
    }
    router.post("/api/v1/history/{historyId}/restore") { request, context in
      let model = try host.current  // before the change: one that is made is not answered with 503
      let user = try await visitors.user(of: request, having: "entry of the history")
      guard let entry = try await store.historyEntry(try id(context), of: user) else {
        throw APIError.notFound("entry of the history")
      }
      let name =
        entry.playlistName.map { $0.hasSuffix(" (restored)") ? $0 : "\($0.prefix(180)) (restored)" }
        ?? "Restored playlist"
      let playlist = try await store.makePlaylists([(name, entry.seeds + entry.songs)], of: user)[0]
      return .json(PlaylistAnswer(playlist, in: model, recordings), status: .created)
    }
    router.get("/api/v1/feedback") { request, _ in
      struct Opinions: Encodable { var feedback: [Opinion] }
      let model = try host.current
      let limit = try request.integer("limit", default: 1000, in: 1...1000)
      let offset = try request.integer("offset", default: 0, in: 0...UserStore.feedbackLimit)
      let user = try await visitors.user(of: request)
      let stored = try await user.asyncMap { try await store.feedback(of: $0, limit: limit, offset: offset) } ?? []
      return .json(
        Opinions(
          feedback: stored.map {
            Opinion(
              track: TrackAnswer(id: $0.track, in: model, recordings), verdict: $0.verdict,
              createdAt: String(secondsSince1970: $0.created))
          }))
    }
    router.put("/api/v1/feedback/{trackId}") { request, context in
      struct NewOpinion: Decodable { var verdict: Verdict }
      let verdict = try await request.json(NewOpinion.self).verdict
      let track = try context.parameters.require("trackId")
      guard try host.current.catalogue.row(of: track) != nil else { throw APIError.notFound("song") }
      let visitor = try await visitors.visitor(of: request)
      guard try await store.setFeedback(verdict, on: track, of: visitor.user) else {
        throw APIError(.conflict, "full", "One can have an opinion of \(UserStore.feedbackLimit) songs.")
      }
      return visitor.keepingSession(.noContent)
    }
    router.delete("/api/v1/feedback/{trackId}") { request, context in
      let track = try context.parameters.require("trackId")
      if let user = try await visitors.user(of: request) { try await store.deleteFeedback(on: track, of: user) }
      return .noContent
    }
  }

  private func id(_ context: VisitContext) throws -> Int64 {
    guard let id = context.parameters.get("historyId", as: Int64.self) else {
      throw APIError.notFound("entry of the history")
    }
    return id
  }
}
