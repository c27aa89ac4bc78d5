import Files
import Music
import Services
import TestSupport

/// Ids, answers and clients that the tests of services share.
enum Song {
  /// A valid id: 22 characters.
  static func id(_ number: Int) -> String {
    let digits = String(number)
    return "song" + String(repeating: "0", count: 18 - digits.count) + digits
  }

  /// Danceability tells the songs apart; 13 features under Spotify's names.
  static func spotify(_ number: Int, replacing name: String = "", by value: String = "") -> String {
    var fields = [
      ("id", "\"\(id(number))\""), ("danceability", "0.\(100 + number)"), ("energy", "0.5"), ("key", "\(number % 12)"),
      ("loudness", "-6.25"), ("mode", "1"), ("speechiness", "0.05"), ("acousticness", "0.25"),
      ("instrumentalness", "0"), ("liveness", "0.125"), ("valence", "0.75"), ("tempo", "120.5"),
      ("duration_ms", "\(200_000 + number)"), ("time_signature", "4"), ("type", "\"audio_features\""),
    ]
    if let index = fields.firstIndex(where: { $0.0 == name }) { fields[index].1 = value }
    return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
  }

  static func reccoBeats(_ number: Int, replacing name: String = "", by value: String = "") -> String {
    var text = spotify(number, replacing: name, by: value)
    text.replace("\"id\":\"\(id(number))\"", with: "\"id\":\"0b9c-\(number)\",\"href\":\"\(link(number))\"")
    text.replace(",\"duration_ms\":\(200_000 + number),\"time_signature\":4", with: "")
    return text
  }

  static func link(_ number: Int) -> String { "https://open.spotify.com/track/\(id(number))" }

  static func number(_ id: String) -> Int { Int(id.dropFirst(4)) ?? -1 }
}

extension ScriptedServer.Response {
  static func content(_ songs: [String]) -> Self { .json("{\"content\":[\(songs.joined(separator: ","))]}") }

  static func audioFeatures(_ songs: [String]) -> Self {
    .json("{\"audio_features\":[\(songs.joined(separator: ","))]}")
  }

  static func token(_ text: String = "token", expiresIn seconds: Int = 3600) -> Self {
    .json("{\"access_token\":\"\(text)\",\"token_type\":\"Bearer\",\"expires_in\":\(seconds)}")
  }
}

extension ScriptedServer {
  /// ReccoBeats with every song but those of `unknown`.
  static func reccoBeats(unknown: Set<Int> = []) -> ScriptedServer {
    ScriptedServer { request, _ in
      .content(request.ids.map(Song.number).filter { !unknown.contains($0) }.map { Song.reccoBeats($0) })
    }
  }
}

/// What a client said while it waited.
final class Notes {
  var lines: [String] = []
}

/// A client that waits hardly at all.
func client(
  _ service: String = "ReccoBeats", rate: Double = 1000, attempts: Int = 4, timeout: Duration = .seconds(10),
  firstDelay: Duration = .milliseconds(1), notes: Notes = Notes(), stopping: Stopping = Stopping()
) -> ServiceClient {
  var patience = Patience()
  patience.rate = rate
  patience.attempts = attempts
  patience.firstDelay = firstDelay
  return ServiceClient(
    service: service, transport: HTTPTransport(timeout: timeout), patience: patience, stopping: stopping
  ) { notes.lines.append($0) }
}

func reccoBeats(_ server: ScriptedServer, _ client: ServiceClient = client()) -> ReccoBeatsFeatures {
  ReccoBeatsFeatures(address: server.address, client: client)
}

func spotify(_ server: ScriptedServer, _ client: ServiceClient = client("Spotify")) -> SpotifyFeatures {
  SpotifyFeatures(
    credentials: SpotifyCredentials(id: "myid", secret: "mysecret"), address: server.address,
    accountsAddress: server.address, client: client)
}

/// The error that `body` throws.
func serviceError(_ body: () throws -> some Any) -> ServiceError? {
  do {
    _ = try body()
    return nil
  } catch { return error as? ServiceError }
}

extension ProvidedFeatures {
  func value(_ feature: AudioFeature, of number: Int) -> Float? { values[Song.id(number)]?[feature.column] }
}
