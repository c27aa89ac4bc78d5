import Testing

import Charts

@Suite struct LogAxisTests {
  @Test("equal factors have equal lengths, in order")
  func mapping() {
    let axis = LogAxis(title: "", covering: [3, 4000])
    #expect(axis.range.contains(3) && axis.range.contains(4000))
    let places = [4.0, 40, 400].map { axis.place($0, from: 100, to: 400) }
    #expect(abs((places[1] - places[0]) - (places[2] - places[1])) < 1e-9)
    #expect(places[0] >= 100 && places[0] < places[1] && places[2] <= 400)
    #expect(axis.place(axis.range.lowerBound, from: 100, to: 400) == 100)
  }

  @Test(
    "every range gets two to nine ticks inside it",
    arguments: [[5.0], [1, 1.01], [0.01, 1e7], [99, 101], [8, 1024]])
  func ticks(values: [Double]) {
    let axis = LogAxis(title: "", covering: values)
    #expect((2...10).contains(axis.ticks.count), "\(axis.ticks)")
    #expect(axis.ticks.allSatisfy { $0 >= axis.range.lowerBound * 0.999 && $0 <= axis.range.upperBound * 1.001 })
    #expect(values.allSatisfy { axis.range.contains($0) })
  }

  @Test("numbers are written short")
  func text() {
    let written = [0.05, 2, 2.5, 1024, 10_000, 50_000, 1e6, 1e7].map(LogAxis.text)
    #expect(written == ["0.05", "2", "2.5", "1024", "10k", "50k", "1M", "10M"])
  }
}

@Suite struct LineChartTests {
  private let chart = LineChart(
    title: "Cost & size", notes: ["a machine"], axis: "songs",
    panels: [
      .init(
        title: "Time", axis: "µs",
        series: [
          .init("Segue", points: [(1000, 1), (10_000, 2), (100_000, 8)]),
          .init("scan", points: [(1000, 4), (10_000, 40)]), .init("nothing", points: []),
        ]),
      .init(title: "Memory", axis: "MiB", series: [.init("Segue", points: [(1000, 10), (10_000, 10)])]),
      .init(title: "Empty", axis: "s", series: [.init("Segue", points: [])]),
    ])

  @Test("a picture has every title, unit, note, series and point, and is well-formed")
  func complete() throws {
    let picture = try Picture(chart.document)
    for text in ["Cost & size", "a machine", "Time", "Memory", "µs", "MiB", "songs", "Segue", "scan", "1000", "100k"] {
      #expect(picture.texts.contains { $0.text == text }, "\(text)")
    }
    #expect(!picture.texts.contains { ["nothing", "Empty"].contains($0.text) })
    // Two of the left panel and one of the right, apart from axes, grid and dotted lines to names.
    #expect(picture.lines.filter { $0.width == "2.0" }.map(\.points.count) == [3, 2, 2])
  }

  @Test("what grows in the data rises on the picture, left to right")
  func monotone() throws {
    let line = try #require(try Picture(chart.document).lines.first { $0.width == "2.0" })
    for (a, b) in zip(line.points, line.points.dropFirst()) {
      #expect(a.x < b.x && a.y > b.y)
    }
  }

  @Test("names of lines that end together stay apart, in their order, inside the plot")
  func spread() {
    #expect(LineChart.spread([100, 101, 99, 299], distance: 15, within: 0...300) == [114, 129, 99, 299])
    #expect(LineChart.spread([298, 299, 300], distance: 15, within: 0...300) == [270, 285, 300])
  }
}

@Suite struct RooflineChartTests {
  private let dots = (0..<8).map { number in
    RooflineChart.Dot("operation \(number)", intensity: 9 + 0.2 * Double(number), rate: 60, slope: "cache")
  }

  @Test("a roofline names every slope, ceiling and operation, and no name lies on another")
  func names() throws {
    let chart = RooflineChart(
      title: "Roofs", notes: [], slopes: [("memory", 40), ("cache", 150)],
      ceilings: [("OpenBLAS", 400), ("fused", 500)], dots: dots)
    let picture = try Picture(chart.document)
    for text in ["memory 40 GB/s", "cache 150 GB/s", "OpenBLAS 400 GFLOP/s", "fused 500 GFLOP/s", "GFLOP/s"] {
      #expect(picture.texts.contains { $0.text == text }, "\(text)")
    }
    let boxes = try dots.map { dot in
      let text = try #require(picture.texts.first { $0.text == dot.name }, "\(dot.name)")
      return Box(left: text.x, top: text.y - 11, width: SVG.width(of: dot.name, size: 12), height: 13)
    }
    for (number, box) in boxes.enumerated() {
      #expect(!boxes.dropFirst(number + 1).contains { box.overlaps($0) }, "\(dots[number].name)")
    }
  }
}
