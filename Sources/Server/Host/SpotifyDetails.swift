internal import Music
internal import Services

/// Details of songs for the dissertation's service and for who asks for one song: from the Spotify Web API where it is
/// configured and answers in time, from the catalogue otherwise.
struct SpotifyDetails: Sendable {
  /// Nil without credentials.
  let service: SpotifyTracks?

  enum Track: Encodable {
    case catalogue(SpotifyTrackAnswer)
    case spotify(JSONValue)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .catalogue(let track): try track.encode(to: encoder)
      case .spotify(let track): try track.encode(to: encoder)
      }
    }
  }

  /// - Parameter songs: rows of the catalogue.
  func tracks(_ songs: [Int32], of catalogue: Catalogue) async -> [Track] {
    let answers = await service.asyncMap { await $0.tracks(songs.map(catalogue.id)) }
    return songs.indices.map { place in
      if let answer = answers?[place] { return .spotify(answer) }
      return .catalogue(SpotifyTrackAnswer(songs[place], of: catalogue))
    }
  }
}
