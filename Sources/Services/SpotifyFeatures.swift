package import Music

/// Audio features from the Spotify Web API: `GET /v1/audio-features?ids=…` with a token of the client credentials flow.
///
/// Spotify closed this call to applications registered after 27 November 2024; older ones with extended access go on.
package final class SpotifyFeatures: FeatureProvider {
  package static let address = "https://api.spotify.com"
  private static let call = "GET /v1/audio-features"
  static let alternatives =
    "Give a CSV file of features (--from FILE), or ask ReccoBeats, which needs no key (--from reccobeats)."

  package let name = "spotify"
  package let batchSize = 100
  package let features = AudioFeature.allCases
  private let service: SpotifyService
  private var client: ServiceClient { service.client }

  /// - Parameters:
  ///   - address: of the Web API, or of a service that answers as it does, without a slash at the end.
  ///   - accountsAddress: of the service that gives tokens.
  package init(
    credentials: SpotifyCredentials, address: String = address, accountsAddress: String = SpotifyToken.address,
    client: ServiceClient
  ) {
    service = SpotifyService(
      credentials: credentials, address: address, accountsAddress: accountsAddress, client: client)
  }

  package var requestCount: Int { client.requestCount }

  package func ask(_ ids: [String]) throws -> ProvidedFeatures? {
    let reply = try service.reply(
      to: "/v1/audio-features?ids=\(ids.joined(separator: ","))", call: Self.call, remedy: Self.alternatives)
    switch reply.status {
    case 200: break
    case 404: return nil
    case 403:
      throw client.refusal(
        reply, call: Self.call,
        remedy:
          "Spotify closed audio features to new applications on 27 November 2024, and to those in development mode; "
          + "only applications that had extended access before may go on. " + Self.alternatives)
    default: throw client.refusal(reply, call: Self.call, remedy: Self.alternatives)
    }
    guard let list = reply.json?["audio_features"]?.array else {
      throw ServiceError(
        service: client.service, call: Self.call, reason: "the answer has no list called audio_features",
        remedy: Self.alternatives)
    }
    let asked = Set(ids)
    var found = ProvidedFeatures()
    for (index, object) in list.enumerated() where object != .null {
      guard let id = object["id"]?.string else {
        throw ServiceError(
          service: client.service, call: Self.call, reason: "song \(index + 1) of the answer has no text called id",
          remedy: Self.alternatives)
      }
      try found.add(object, of: id, features: features, asked: asked, service: client.service, call: Self.call)
    }
    return found
  }
}
