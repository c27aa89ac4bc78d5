/// Asks the Spotify Web API with a token of the client credentials flow.
final class SpotifyService {
  let client: ServiceClient
  private let address: String
  private var token: SpotifyToken

  init(credentials: SpotifyCredentials, address: String, accountsAddress: String, client: ServiceClient) {
    self.address = address
    self.client = client
    token = SpotifyToken(credentials: credentials, address: accountsAddress)
  }

  /// Sends a request with a token; with a new one, once, when Spotify no longer takes it.
  /// - Parameter path: with its query.
  func reply(to path: String, call: String, remedy: String) throws -> ServiceClient.Reply {
    var isRenewed = false
    while true {
      let header = (name: "Authorization", value: "Bearer \(try token.text(client))")
      let reply = try client.send(ServiceRequest(address: address + path, headers: [header]), call: call)
      guard reply.status == 401 else { return reply }
      guard !isRenewed else {
        throw client.refusal(
          reply, call: call, remedy: "Spotify does not take the token that it has just given. \(remedy)")
      }
      token.expire()
      isRenewed = true
    }
  }
}
