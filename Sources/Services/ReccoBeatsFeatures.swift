package import Music

/// Audio features from ReccoBeats, which needs no key: `GET /v1/audio-features?ids=…`, documented at
/// reccobeats.com/docs. It knows neither a song's length nor its time signature.
package final class ReccoBeatsFeatures: FeatureProvider {
  package static let address = "https://api.reccobeats.com"
  private static let call = "GET /v1/audio-features"

  package let name = "reccobeats"
  package let batchSize = 40
  package let features = AudioFeature.allCases.filter { $0 != .durationMilliseconds && $0 != .timeSignature }
  private let address: String
  private let client: ServiceClient

  /// - Parameter address: of the service, or of one that answers as it does, without a slash at the end.
  package init(address: String = address, client: ServiceClient) {
    self.address = address
    self.client = client
  }

  package var requestCount: Int { client.requestCount }

  package func ask(_ ids: [String]) throws -> ProvidedFeatures? {
    let request = ServiceRequest(address: "\(address)/v1/audio-features?ids=\(ids.joined(separator: ","))")
    let reply = try client.send(request, call: Self.call)
    switch reply.status {
    case 200: break
    case 404: return nil
    default:
      throw client.refusal(
        reply, call: Self.call,
        remedy: "See reccobeats.com for news of the service; a file of features would do instead.")
    }
    guard let content = reply.json?["content"]?.array else {
      throw ServiceError(
        service: client.service, call: Self.call, reason: "the answer has no list called content",
        remedy: "The service has changed or is out of order; a file of features would do instead.")
    }
    let asked = Set(ids)
    var found = ProvidedFeatures()
    for (index, object) in content.enumerated() where object != .null {
      // Its own id is another one; Spotify's is the end of the address.
      guard let link = object["href"]?.string else {
        throw ServiceError(
          service: client.service, call: Self.call,
          reason: "song \(index + 1) of the answer has no text called href",
          remedy: "The service has changed or is out of order; a file of features would do instead.")
      }
      try found.add(
        object, of: TrackList.id(link), features: features, asked: asked, service: client.service, call: Self.call)
    }
    return found
  }
}
