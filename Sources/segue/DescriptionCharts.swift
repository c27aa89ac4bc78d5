import Charts
import Music

/// The pictures of `segue describe --report`.
struct DescriptionCharts {
  let description: DatasetDescription
  /// Data set, and whether it is synthetic.
  let notes: [String]

  /// How long playlists are; nil without any.
  var lengths: String? {
    guard let lengths = description.lengths else { return nil }
    let histogram = description.lengthHistogram
    return HistogramChart(
      title: "Lengths of playlists", notes: notes + [lengths.lengthText], countAxis: "playlists", columns: 1,
      panels: [
        .init(
          title: "", axis: "songs, repeats counted", edges: histogram.edges, counts: histogram.counts,
          note: beyond(histogram, "playlists"))
      ]
    ).document
  }

  /// How many playlists songs stand in; nil where they stand in none.
  var popularity: String? {
    let histogram = description.popularityHistogram
    guard histogram.total > 0 else { return nil }
    return HistogramChart(
      title: "Playlists that hold a song",
      notes: notes + ["both axes logarithmic; bars: 1, 2–3, 4–7, 8–15, … playlists"],
      countAxis: "songs", scale: .logarithmic, columns: 1,
      panels: [
        .init(title: "", axis: "playlists", edges: histogram.edges, counts: histogram.counts)
      ]
    ).document
  }

  /// The ten audio features that are numbers; nil where no song has any.
  var features: String? {
    let panels = description.features.compactMap { feature -> HistogramChart.Panel? in
      guard let histogram = feature.histogram, histogram.total > 0 else { return nil }
      let (axis, unit) = Self.axis(of: feature.name)
      return HistogramChart.Panel(
        title: feature.name, axis: axis, edges: histogram.edges.map { $0 / unit }, counts: histogram.counts,
        note: beyond(histogram, "songs"))
    }
    guard !panels.isEmpty else { return nil }
    return HistogramChart(
      title: "Audio features of the songs", notes: notes + ["every song once, those without a value left out"],
      countAxis: "songs", columns: 2, panels: panels
    ).document
  }

  /// What an axis is called, and what its unit is of Spotify's.
  private static func axis(of feature: String) -> (title: String, unit: Double) {
    switch feature {
    case AudioFeature.durationMilliseconds.rawValue: ("minutes", 60_000)
    case AudioFeature.loudness.rawValue: ("dB", 1)
    case AudioFeature.tempo.rawValue: ("beats per minute", 1)
    default: ("0 to 1", 1)
    }
  }

  private func beyond(_ histogram: Histogram, _ things: String) -> String {
    let sides = [(histogram.below, "left"), (histogram.above, "right")].filter { $0.0 > 0 }
    guard !sides.isEmpty else { return "" }
    return "not shown: " + sides.map { "\(grouped($0.0)) \(things) further \($0.1)" }.joined(separator: ", ")
  }
}
