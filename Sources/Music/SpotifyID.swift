/// Ids as Spotify gives them: 22 digits and letters of base 62.
package enum SpotifyID {
  package static let uriPrefix = "spotify:track:"

  package static func isValid(_ id: some StringProtocol) -> Bool {
    id.utf8.count == 22
      && id.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
      }
  }

  /// `spotify:track:ID`; nil for an id of another form.
  package static func uri(_ id: String) -> String? { isValid(id) ? uriPrefix + id : nil }

  /// The page of the song; nil for an id of another form.
  package static func link(_ id: String) -> String? { isValid(id) ? "https://open.spotify.com/track/\(id)" : nil }

  /// The id of a URI `spotify:track:ID`; nil for anything else.
  package static func id(ofURI uri: some StringProtocol) -> String? {
    guard uri.hasPrefix(uriPrefix) else { return nil }
    let id = uri.dropFirst(uriPrefix.count)
    return isValid(id) ? String(id) : nil
  }
}
