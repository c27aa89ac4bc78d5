internal import Files
internal import FoundationEssentials
internal import Hummingbird
internal import Music
internal import Recommendation

/// A model that cannot do its work.
private struct ModelFault: Error, CustomStringConvertible { let description: String }

/// Recommending: the dissertation's service, and ours.
struct RecommendationRoutes: Sendable {
  let host: ModelHost
  let recordings: Recordings
  let store: UserStore
  let visitors: Visitors
  let details: SpotifyDetails

  /// The dissertation's request.
  struct IDList: Decodable {
    var idlist: [String]
    var count: Int?
  }

  struct Predictions: Encodable {
    struct Tracks: Encodable { var tracks: [SpotifyDetails.Track] }
    var preds: Tracks
  }

  struct Question: Decodable {
    struct Move: Decodable { var by, to: Float? }
    var tracks: [String]?
    var playlist: String?
    var title: String?
    var count: Int?
    var steering: [String: Move]?
    var steeringStrength: Float?
    var maxPerArtist, maxPerAlbum: Int?
    var versions: Bool?
    var exclude, excludeArtists: [String]?
    var excludeHistoryDays: Int?
    var reasons, save: Bool?
  }

  func add(to router: Routes) {
    router.post("/recommends") { request, _ in
      let list = try await request.json(IDList.self)
      let model = try host.current
      let given = try GivenSongs(
        list.idlist.map(TrackList.id), in: model.catalogue, ranksCatalogue: model.ranksCatalogue, source: "idlist")
      let count = try checked(count: list.count ?? 3)
      let answer = try await rank(PlaylistRequest(songs: given.songs), count: count, reasons: false, model)
      let tracks = await details.tracks(answer.songs.map(\.row), of: model.catalogue)
      return .json(Predictions(preds: .init(tracks: tracks)), status: .created)
    }
    router.post("/api/v1/recommendations") { request, _ in
      try await recommend(request)
    }
  }

  private func recommend(_ request: Request) async throws -> Response {
    let question = try await request.json(Question.self)
    let model = try host.current
    let count = try checked(count: question.count ?? 10)
    let user = try await visitors.user(of: request)
    var (ids, title) = (question.tracks ?? [], question.title)
    if let title, title.unicodeScalars.count > 200 || title.hasControls {
      throw APIError.badRequest("title must be a line of at most 200 characters.")
    }
    if let id = question.playlist {
      guard question.tracks == nil else { throw APIError.badRequest("Give either tracks or playlist.") }
      guard let user else { throw PlaylistRefusal.unknownPlaylist }
      let playlist = try await store.playlist(id, of: user)
      ids = playlist.entries.suffix(Recommender.idLimit).map(\.track)
      title = title ?? playlist.name
    }
    guard !ids.isEmpty else { throw APIError.badRequest("Give tracks, or a playlist that has songs.") }
    let given = try GivenSongs(
      ids.map(TrackList.id), in: model.catalogue, ranksCatalogue: model.ranksCatalogue, source: "tracks")
    let playlist = PlaylistRequest(
      songs: given.songs, context: PlaylistContext(title: title), wishes: try await wishes(question, user, model),
      steering: try steering(question, model))
    let answer = try await rank(playlist, count: count, reasons: question.reasons ?? false, model)
    let result = Recommendations(
      answer.songs, of: given, wanted: count, catalogue: model.catalogue, ranksCatalogue: model.ranksCatalogue)
    var body = RecommendationsAnswer(result, reasons: answer.reasons, model, recordings)
    if question.save ?? false {
      let visitor = try await visitors.visitor(of: request)
      body.historyId = try await store.addToHistory(
        playlistName: title, seeds: given.songs.filter { $0 >= 0 }.map(model.catalogue.id),
        songs: result.songs.map { model.catalogue.id($0.row) }, of: visitor.user)
      return visitor.keepingSession(.json(body))
    }
    return .json(body)
  }

  private func rank(
    _ request: PlaylistRequest, count: Int, reasons: Bool, _ model: ServedModel
  ) async throws -> RecommendationQueue.Answer {
    do {
      return try await model.queue.recommend(request, count: count, reasons: reasons)
    } catch let error as InputError {
      throw ModelFault(description: "\(error)")  // the request was checked before: it is not the client's
    }
  }

  private func checked(count: Int) throws -> Int {
    guard Recommender.countRange.contains(count) else { throw APIError.badRequest("count must lie in 1…500.") }
    return count
  }

  private func wishes(_ question: Question, _ user: UserID?, _ model: ServedModel) async throws -> Wishes {
    var wishes = Wishes()
    for (name, value) in [("max_per_artist", question.maxPerArtist), ("max_per_album", question.maxPerAlbum)] {
      guard value ?? 1 >= 1 else { throw APIError.badRequest("\(name) must be at least 1.") }
    }
    (wishes.songsPerArtist, wishes.songsPerAlbum) = (question.maxPerArtist, question.maxPerAlbum)
    wishes.allowsVersions = question.versions ?? false
    var list = SongExclusions()
    list.ids = question.exclude ?? []
    list.artists = question.excludeArtists ?? []
    guard list.ids.count <= UserStore.songLimit, list.artists.count <= UserStore.songLimit else {
      throw APIError.badRequest("exclude and exclude_artists may name \(UserStore.songLimit) each.")
    }
    guard (1...3650).contains(question.excludeHistoryDays ?? 1) else {
      throw APIError.badRequest("exclude_history_days must lie in 1…3650.")
    }
    if let user {
      list.ids += try await store.unwanted(by: user)
      if let days = question.excludeHistoryDays {
        list.ids += try await store.recommended(since: secondsSince1970() - Double(days) * 86_400, to: user)
      }
    }
    _ = wishes.exclude(list, in: model.catalogue)
    return wishes
  }

  private func steering(_ question: Question, _ model: ServedModel) throws -> Steering? {
    guard let moves = question.steering, !moves.isEmpty else { return nil }
    guard model.decodes else {
      throw APIError.badRequest("This model was trained without a decoder: it cannot be steered.")
    }
    var steering = Steering()
    for (name, move) in moves {
      guard let feature = AudioFeature(rawValue: name), SongVector.regressionFeatures.contains(feature) else {
        let names = SongVector.regressionFeatures.map(\.rawValue).joined(separator: ", ")
        throw APIError.badRequest("steering knows \(names), not \(name.prefix(100)).")
      }
      switch (move.by, move.to) {
      case (let difference?, nil) where difference.isFinite: steering[feature] = .by(difference)
      case (nil, let value?) where value.isFinite: steering[feature] = .to(value)
      default: throw APIError.badRequest("steering.\(name) takes either by or to, a number.")
      }
    }
    if let strength = question.steeringStrength {
      guard Steering.strengthRange.contains(strength) else {
        throw APIError.badRequest("steering_strength must lie in 0…100.")
      }
      steering.strength = strength
    }
    return steering
  }
}
