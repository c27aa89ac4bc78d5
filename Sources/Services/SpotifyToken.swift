internal import FoundationEssentials

/// What an application identifies itself with, from developer.spotify.com/dashboard.
package struct SpotifyCredentials: Sendable {
  let id: String
  let secret: String

  package init(id: String, secret: String) {
    self.id = id
    self.secret = secret
  }
}

/// A token of the client credentials flow (RFC 6749, 4.4): `POST /api/token`, asked for when one is needed and renewed
/// before it expires.
package struct SpotifyToken {
  package static let address = "https://accounts.spotify.com"
  private static let call = "POST /api/token"

  private let credentials: SpotifyCredentials
  private let address: String
  private var current: (text: String, expiry: ContinuousClock.Instant)?

  init(credentials: SpotifyCredentials, address: String) {
    self.credentials = credentials
    self.address = address
  }

  /// Forgets the token, which the service no longer takes.
  mutating func expire() { current = nil }

  /// - Throws: `ServiceError` when there is none to be had, `CancellationError`.
  mutating func text(_ client: ServiceClient) throws -> String {
    if let current, .now < current.expiry { return current.text }
    let pair = Data("\(credentials.id):\(credentials.secret)".utf8).base64EncodedString()
    let request = ServiceRequest(
      method: .post, address: "\(address)/api/token",
      headers: [("Authorization", "Basic \(pair)"), ("Content-Type", "application/x-www-form-urlencoded")],
      body: "grant_type=client_credentials")
    let reply = try client.send(request, call: Self.call)
    switch reply.status {
    case 200: break
    case 400, 401:
      throw client.refusal(
        reply, call: Self.call,
        remedy: "Spotify does not know SPOTIFY_CLIENT_ID with this SPOTIFY_CLIENT_SECRET; both stand at "
          + "developer.spotify.com/dashboard.")
    default: throw client.refusal(reply, call: Self.call, remedy: SpotifyFeatures.alternatives)
    }
    guard let text = reply.json?["access_token"]?.string, !text.isEmpty,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw ServiceError(
        service: client.service, call: Self.call, reason: "the answer has no text called access_token",
        remedy: "Try again later.")
    }
    let lifetime = max(0, min(reply.json?["expires_in"]?.number ?? 3600, 86_400))
    let margin = min(60, lifetime / 10)  // a request may be long on its way
    current = (text, .now + .seconds(lifetime - margin))
    return text
  }
}
