import Charts
import Testing

@Suite struct HistogramChartTests {
  private func chart(scale: AxisScale) -> HistogramChart {
    HistogramChart(
      title: "Lengths", notes: ["a set"], countAxis: "playlists", scale: scale, columns: 2,
      panels: [
        .init(title: "one", axis: "songs", edges: [1, 2, 4, 8], counts: [100, 0, 50], note: "3 lie beyond"),
        .init(title: "two", axis: "minutes", edges: [10, 20], counts: [1]),
      ])
  }

  /// Left, top, right and bottom of every bar.
  private func bars(_ document: String) -> [[Double]] {
    document.split(separator: "\n").filter { $0.hasPrefix("<path d=\"M ") }.map { line in
      line.split { " \"".contains($0) }.compactMap { Double($0) }
    }
  }

  @Test("a picture names panels, units and notes, and has a bar for every interval that holds something")
  func complete() throws {
    let picture = try Picture(chart(scale: .linear).document)
    for text in ["Lengths", "a set", "one", "two", "songs", "minutes", "playlists", "3 lie beyond"] {
      #expect(picture.texts.contains { $0.text == text }, "\(text)")
    }
    #expect(bars(chart(scale: .linear).document).count == 3 && bars(chart(scale: .logarithmic).document).count == 3)
  }

  @Test("bars stand on one line, as wide as their interval and as high as their count")
  func lengths() {
    let bars = bars(chart(scale: .linear).document)
    let (first, last) = (bars[0], bars[1])
    #expect(first[3] == last[3] && bars[2][3] == first[3])
    #expect(abs((first[3] - first[1]) / (last[3] - last[1]) - 2) < 0.01)
    #expect(abs((last[2] - last[0] + 1) / (first[2] - first[0] + 1) - 4) < 0.05)
  }

  @Test("on logarithmic axes equal factors are equally wide, and a single thing has a bar")
  func logarithmic() {
    let bars = bars(chart(scale: .logarithmic).document)
    #expect(abs((bars[0][2] - bars[0][0]) - (bars[1][2] - bars[1][0])) < 0.1)
    #expect(bars[2][3] - bars[2][1] > 5)
  }

  @Test("counts have ticks at whole numbers only")
  func ticks() throws {
    let small = HistogramChart(
      title: "", notes: [], countAxis: "", columns: 1, panels: [.init(title: "", axis: "", edges: [5, 6], counts: [1])])
    let texts = try Picture(small.document).texts.map(\.text)
    #expect(texts.contains("0") && texts.contains("1") && !texts.contains("0.5"))
  }
}
