internal import Dispatch
internal import Music
internal import Synchronization

/// What the Spotify Web API tells of songs: `GET /v1/tracks/ID`, one song a call, because asking for several at once was
/// closed in 2026. Answers are kept; what does not come in time is not waited for.
package final class SpotifyTracks: Sendable {
  private static let call = "GET /v1/tracks"
  /// Answers that are kept at most.
  private static let capacity = 10_000

  private let worker = DispatchQueue(label: "segue.spotify")
  // Touched by `worker` alone.
  nonisolated(unsafe) private let service: SpotifyService
  /// Nothing is asked before, because it was too much or in vain. Touched by `worker` alone.
  nonisolated(unsafe) private var quietUntil = ContinuousClock.now
  private let quietTime: Duration
  private let answers = Mutex<[String: JSONValue]>([:])
  private let deadline: Deadline
  private let limit: Duration

  /// When the work at hand is to end.
  private final class Deadline: Sendable {
    private let end = Mutex(ContinuousClock.now)
    var hasPassed: Bool { end.withLock { $0 < .now } }
    func set(_ new: ContinuousClock.Instant) { end.withLock { $0 = new } }
  }

  /// - Parameters:
  ///   - limit: how long anybody waits for all songs of a request together.
  ///   - quietTime: how long nothing is asked after it was too much or in vain.
  ///   - transport: not used anywhere else from now on.
  ///   - note: is told what went wrong.
  package init(
    credentials: SpotifyCredentials, limit: Duration, quietTime: Duration = .seconds(30),
    address: String = SpotifyFeatures.address,
    accountsAddress: String = SpotifyToken.address, transport: sending any Transport,
    note: @escaping @Sendable (String) -> Void
  ) {
    let deadline = Deadline()
    var patience = Patience()
    (patience.rate, patience.attempts) = (10, 1)
    let client = ServiceClient(
      service: "spotify", transport: transport, patience: patience, stopping: Stopping { deadline.hasPassed },
      note: note)
    service = SpotifyService(
      credentials: credentials, address: address, accountsAddress: accountsAddress, client: client)
    (self.deadline, self.limit, self.quietTime, self.note) = (deadline, limit, quietTime, note)
  }

  private let note: @Sendable (String) -> Void

  /// The songs as Spotify gives them, nil for those that it does not know, are not its, or did not come in time.
  package func tracks(_ ids: [String]) async -> [JSONValue?] {
    let end = ContinuousClock.now + limit
    return await withCheckedContinuation { continuation in
      worker.async {
        self.deadline.set(end)
        continuation.resume(returning: ids.map { self.track($0) })
      }
    }
  }

  private func track(_ id: String) -> JSONValue? {
    guard SpotifyID.isValid(id) else { return nil }
    if let known = answers.withLock({ $0[id] }) { return known == .null ? nil : known }
    guard !deadline.hasPassed, quietUntil < .now else { return nil }
    do {
      let reply = try service.reply(to: "/v1/tracks/\(id)", call: Self.call, remedy: "The catalogue answers instead.")
      guard reply.status == 200 || reply.status == 404 else {
        note("spotify answers \(Self.call) with \(reply.status): the catalogue answers instead")
        return nil
      }
      let track = reply.status == 200 ? reply.json ?? .null : .null
      guard track == .null || track["id"]?.string != nil && track["name"]?.string != nil else {
        note("spotify's answer to \(Self.call) is no song: the catalogue answers instead")
        return nil
      }
      answers.withLock { answers in
        if answers.count >= Self.capacity { answers.removeAll() }
        answers[id] = track
      }
      return track == .null ? nil : track
    } catch is CancellationError {
      quietUntil = .now + quietTime
      note("spotify took longer than \(limit.formattedSeconds): the catalogue answers instead")
    } catch {
      quietUntil = .now + quietTime
      note("\(error) It is not asked for \(quietTime.formattedSeconds).")
    }
    return nil
  }
}
