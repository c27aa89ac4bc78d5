internal import Files
internal import Formats
internal import HTTPTypes
internal import Hummingbird
internal import Music
internal import NIOCore

/// A user's playlists.
struct PlaylistRoutes: Sendable {
  let host: ModelHost
  let recordings: Recordings
  let store: UserStore
  let visitors: Visitors
  private let reading = Work("reading")
  private let removed = RemovedSongs()

  init(host: ModelHost, recordings: Recordings, store: UserStore, visitors: Visitors) {
    (self.host, self.recordings, self.store, self.visitors) = (host, recordings, store, visitors)
  }

  struct NewPlaylist: Decodable {
    var name: String
    var tracks: [String]?
  }

  struct AddedTracks: Decodable {
    var tracks: [String]
    var position: Int?
  }

  struct ReplacedTracks: Decodable {
    var tracks: [String]
    var version: Int?
  }

  func add(to router: Routes) {
    router.get("/api/v1/playlists") { request, _ in
      struct Playlists: Encodable { var playlists: [PlaylistAnswer] }
      let user = try await visitors.user(of: request)
      let playlists = try await user.asyncMap { try await store.playlists(of: $0) } ?? []
      // The page asks for these first: whoever comes back keeps their cookie.
      return visitors.renewing(
        .json(Playlists(playlists: playlists.map { PlaylistAnswer($0.playlist, count: $0.count) })), of: user, request)
    }
    router.post("/api/v1/playlists") { request, _ in
      let new = try await request.json(NewPlaylist.self)
      let (name, tracks, model) = (
        try APIError.checked(new.name, "name", limit: 200), new.tracks ?? [], try host.current
      )
      try await check(tracks, model, of: try await visitors.user(of: request))
      let visitor = try await visitors.visitor(of: request)
      let playlist = try await store.makePlaylists([(name, tracks)], of: visitor.user)[0]
      return visitor.keepingSession(.json(PlaylistAnswer(playlist, in: model, recordings), status: .created))
    }
    router.get("/api/v1/playlists/{playlistId}") { request, context in
      try await answer(request, context) { id, user, _ in try await store.playlist(id, of: user) }
    }
    router.patch("/api/v1/playlists/{playlistId}") { request, context in
      struct Change: Decodable { var name: String }
      let name = try APIError.checked(try await request.json(Change.self).name, "name", limit: 200)
      return try await answer(request, context) { id, user, _ in
        try await store.renamePlaylist(id, to: name, of: user)
      }
    }
    router.delete("/api/v1/playlists/{playlistId}") { request, context in
      let user = try await visitors.user(of: request, having: "playlist")
      let id = try context.parameters.require("playlistId")
      remember(try await store.playlist(id, of: user), of: user, host.ready)
      try await store.deletePlaylist(id, of: user)
      return .noContent
    }
    addTrackRoutes(to: router)
    addFileRoutes(to: router)
  }

  private func addTrackRoutes(to router: Routes) {
    router.post("/api/v1/playlists/{playlistId}/tracks") { request, context in
      let added = try await request.json(AddedTracks.self)
      guard added.position ?? 0 >= 0 else { throw APIError.badRequest("position must not be below 0.") }
      return try await answer(request, context) { id, user, model in
        try await check(added.tracks, model, of: user)
        return try await store.addTracks(added.tracks, to: id, at: added.position, of: user)
      }
    }
    router.put("/api/v1/playlists/{playlistId}/tracks") { request, context in
      let replaced = try await request.json(ReplacedTracks.self)
      return try await answer(request, context) { id, user, model in
        try await check(replaced.tracks, model, of: user)
        remember(try await store.playlist(id, of: user), of: user, model)
        return try await store.replaceTracks(replaced.tracks, of: id, version: replaced.version, of: user)
      }
    }
    router.patch("/api/v1/playlists/{playlistId}/tracks/{entry}") { request, context in
      struct Move: Decodable { var position: Int }
      let position = try await request.json(Move.self).position
      guard position >= 0 else { throw APIError.badRequest("position must not be below 0.") }
      let entry = try entry(context)
      return try await answer(request, context) { id, user, _ in
        try await store.moveEntry(entry, to: position, in: id, of: user)
      }
    }
    router.delete("/api/v1/playlists/{playlistId}/tracks/{entry}") { request, context in
      let entry = try entry(context)
      return try await answer(request, context) { id, user, model in
        remember(try await store.playlist(id, of: user), of: user, model)
        return try await store.removeEntry(entry, from: id, of: user)
      }
    }
  }

  private func addFileRoutes(to router: Routes) {
    router.get("/api/v1/playlists/{playlistId}/export") { request, context in
      guard let name = try request.text("format", limit: 10), let format = PlaylistFormat(rawValue: name) else {
        let formats = PlaylistFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw APIError.badRequest("format must be one of \(formats).")
      }
      let user = try await visitors.user(of: request, having: "playlist")
      let playlist = try await store.playlist(try context.parameters.require("playlistId"), of: user)
      return try PlaylistFile.response(playlist, as: format, try host.current.catalogue)
    }
    router.post("/api/v1/playlists/import") { request, _ in
      struct Imported: Encodable {
        var playlists: [PlaylistAnswer]
        var unmatched: Int
      }
      let name = try request.text("name", limit: 200)
      let bytes = try await request.bytes(limit: PlaylistFile.sizeLimit)
      let model = try host.current
      let read = try await reading.run { try PlaylistFile.read(bytes, named: name, model) }
      let visitor = try await visitors.visitor(of: request)
      let playlists = try await store.makePlaylists(read.playlists, of: visitor.user)
      return visitor.keepingSession(
        .json(
          Imported(
            playlists: playlists.map { PlaylistAnswer($0, in: model, recordings) }, unmatched: read.unmatched),
          status: .created))
    }
  }

  /// The playlist after what `body` does with it for the user.
  private func answer(
    _ request: Request, _ context: VisitContext,
    _ body: (_ id: String, _ user: UserID, _ model: ServedModel) async throws -> StoredPlaylist
  ) async throws -> Response {
    let model = try host.current  // before the change: one that is made is not answered with 503
    let user = try await visitors.user(of: request, having: "playlist")
    let playlist = try await body(try context.parameters.require("playlistId"), user, model)
    return .json(PlaylistAnswer(playlist, in: model, recordings))
  }

  private func entry(_ context: VisitContext) throws -> Int64 {
    guard let entry = context.parameters.get("entry", as: Int64.self) else {
      throw APIError.notFound("song in this playlist")
    }
    return entry
  }

  /// Lets the user put back what they take away now, though the model, which may be another than before, does not know it.
  private func remember(_ playlist: StoredPlaylist, of user: UserID, _ model: ServedModel?) {
    removed.add(playlist.entries.map(\.track).filter { model?.catalogue.row(of: $0) == nil }, of: user)
  }

  /// - Throws: `APIError` 400 for ids that neither the catalogue knows nor the user has, or had a while ago.
  private func check(_ tracks: [String], _ model: ServedModel, of user: UserID?) async throws {
    guard tracks.count <= UserStore.songLimit else { throw PlaylistRefusal.tooManySongs }
    var unknown = Set(tracks.filter { model.catalogue.row(of: $0) == nil })
    if let user, !unknown.isEmpty {
      unknown.subtract(removed[user])
      unknown.subtract(try await store.known(unknown, to: user))
    }
    if let id = tracks.first(where: unknown.contains) {
      throw APIError.badRequest("There is no song with the id \(id.prefix(100)).")
    }
  }
}

extension Optional {
  func asyncMap<Result>(_ body: (Wrapped) async throws -> Result) async rethrows -> Result? {
    guard let self else { return nil }
    return try await body(self)
  }
}
