/// A mood of the synthetic set: what its songs sound like. The moods form a ring; neighbours are alike.
struct DemoMood {
  var name: String
  var acousticness: Double
  var danceability: Double
  var energy: Double
  var instrumentalness: Double
  var liveness: Double
  var speechiness: Double
  var valence: Double
  var beatsPerMinute: Double
  /// Share of songs in a major key.
  var majorShare: Double

  static let ring = [
    DemoMood(
      name: "Quiet Night", acousticness: 0.85, danceability: 0.30, energy: 0.15, instrumentalness: 0.55,
      liveness: 0.11, speechiness: 0.04, valence: 0.20, beatsPerMinute: 78, majorShare: 0.60),
    DemoMood(
      name: "Rainy Day", acousticness: 0.62, danceability: 0.42, energy: 0.30, instrumentalness: 0.08,
      liveness: 0.11, speechiness: 0.04, valence: 0.25, beatsPerMinute: 92, majorShare: 0.45),
    DemoMood(
      name: "Sunday Morning", acousticness: 0.45, danceability: 0.58, energy: 0.45, instrumentalness: 0.03,
      liveness: 0.12, speechiness: 0.04, valence: 0.60, beatsPerMinute: 102, majorShare: 0.80),
    DemoMood(
      name: "Road Trip", acousticness: 0.15, danceability: 0.55, energy: 0.75, instrumentalness: 0.02,
      liveness: 0.18, speechiness: 0.05, valence: 0.65, beatsPerMinute: 124, majorShare: 0.80),
    DemoMood(
      name: "Summer Party", acousticness: 0.10, danceability: 0.78, energy: 0.80, instrumentalness: 0.01,
      liveness: 0.16, speechiness: 0.09, valence: 0.78, beatsPerMinute: 112, majorShare: 0.55),
    DemoMood(
      name: "Workout", acousticness: 0.05, danceability: 0.68, energy: 0.90, instrumentalness: 0.03,
      liveness: 0.22, speechiness: 0.12, valence: 0.50, beatsPerMinute: 136, majorShare: 0.45),
    DemoMood(
      name: "Midnight Drive", acousticness: 0.12, danceability: 0.66, energy: 0.65, instrumentalness: 0.25,
      liveness: 0.13, speechiness: 0.05, valence: 0.35, beatsPerMinute: 110, majorShare: 0.30),
    DemoMood(
      name: "Deep Focus", acousticness: 0.55, danceability: 0.45, energy: 0.35, instrumentalness: 0.80,
      liveness: 0.10, speechiness: 0.04, valence: 0.22, beatsPerMinute: 96, majorShare: 0.50),
  ]

  /// The mood at a point of the ring, in moods from the first; any number.
  static func index(at angle: Double) -> Int {
    let turned = angle.truncatingRemainder(dividingBy: Double(ring.count)).rounded(.down)
    return (Int(turned) + ring.count) % ring.count
  }
}
