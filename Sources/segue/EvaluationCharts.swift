import Charts
import Evaluation

/// The pictures of an evaluation's report.
struct EvaluationCharts {
  /// One for each number of seeds.
  let reports: [EvaluationReport]
  /// The one that the page is about.
  let headline: EvaluationReport
  /// Data set, part, whether it is synthetic.
  let notes: [String]

  private var givenNote: String {
    "\(headline.playlistCount) playlists, \(headline.seedChoice.words(headline.seedCount)); bars: 95 % bootstrap intervals over playlists"
  }

  /// Every figure of every method.
  var metrics: String {
    let shown = Metric.allCases.filter { $0 != .averagePrecisionByAll }
    return IntervalChart(
      title: "How playlists are continued", notes: notes + [givenNote], rows: headline.methods.map(\.name),
      panels: shown.map { metric in
        IntervalChart.Panel(
          title: metric == .clicks ? "\(metric.rawValue) (fewer is better)" : metric.rawValue,
          dots: headline.methods.map { Self.dot(headline.estimate(metric, of: $0.name)!) })
      }
    ).document
  }

  /// The first method against each other one; nil when there is no other.
  var differences: String? {
    guard let first = headline.methods.first?.name, headline.methods.count > 1 else { return nil }
    let pairs = headline.paired.filter { $0.first == first }
    return IntervalChart(
      title: "\(first) minus each other method, on the same playlists",
      notes: notes + [givenNote, "pale: the interval holds zero, so neither is better for sure"],
      rows: pairs.map { "\(first) − \($0.second)" },
      panels: Self.comparedMetrics.map { metric in
        IntervalChart.Panel(title: metric.rawValue, dots: pairs.map { Self.dot($0.estimate(metric)) })
      }, comparesWithZero: true
    ).document
  }

  static let comparedMetrics: [Metric] = [.averagePrecisionByReachable, .rPrecisionOfTracks, .discountedGain]

  /// The headline and the gain over the number of seeds; nil for a single one.
  var curves: String? {
    guard reports.count > 1 else { return nil }
    let sorted = reports.sorted { $0.seedCount < $1.seedCount }
    return LineChart(
      title: "More songs given", notes: notes + ["playlists too short for a number of songs are left out there"],
      axis: "songs given, K",
      panels: [Metric.averagePrecisionByReachable, .discountedGain].map { metric in
        LineChart.Panel(
          title: metric.rawValue, axis: "mean over playlists",
          series: headline.methods.map { method in
            LineChart.Series(
              method.name,
              points: sorted.map { (Double($0.seedCount), $0.estimate(metric, of: method.name)!.mean) })
          }, scale: .linearFromZero)
      }
    ).document
  }

  /// Error and hit rate by decode step; nil without a model.
  var drift: String? {
    guard let steps = headline.drift?.steps, !steps.isEmpty else { return nil }
    func series(_ name: String, _ value: (DriftCurve.Step) -> Double) -> LineChart.Series {
      LineChart.Series(name, points: steps.map { (Double($0.step), value($0)) })
    }
    return LineChart(
      title: "Drift of the decoder",
      notes: notes + [
        "\(headline.seedChoice.words(headline.seedCount)); \(steps[0].playlists) playlists at step 1, "
          + "\(steps.last!.playlists) at step \(steps.last!.step); fed back: the songs played, or the model's own"
      ],
      axis: "decode step", scale: .linear,
      panels: [
        LineChart.Panel(
          title: "Distance of the prediction from the song played", axis: "Euclidean, 29 numbers; not from 0",
          series: [
            series("played songs fed", \.teacherForced.error), series("own songs fed", \.freeRunning.error),
            series("seeds' mean instead", \.seedMeanError),
          ], scale: .linear),
        LineChart.Panel(
          title: "Nearest song is on the rest of the playlist", axis: "share of playlists",
          series: [
            series("played songs fed", \.teacherForced.hitRate), series("own songs fed", \.freeRunning.hitRate),
          ], scale: .linearFromZero),
      ]
    ).document
  }

  private static func dot(_ estimate: Estimate) -> IntervalChart.Dot? {
    guard !estimate.mean.isNaN else { return nil }
    return IntervalChart.Dot(estimate.mean, interval: estimate.ci95.map { $0[0]...$0[1] })
  }
}
