import ArgumentParser
import Charts
import Files
import FoundationEssentials

struct BenchmarkDraw: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "draw", abstract: "Draws benchmark results as SVG pictures.",
    discussion: """
      FILE is what `segue benchmark kernels --json` prints, which becomes roofline.svg, or kernels.json or curves.json as \
      `make bench` writes them, which become one picture for each roofline and each curve, under the names they have there.
      """)

  @Argument(help: "The JSON file.") var file: String
  @Option(help: "The folder for the pictures.") var out: String

  func run() throws {
    try reportingErrors {
      for (name, document) in try BenchmarkPictures(path: file).documents {
        let path = "\(out)/\(name).svg"
        try AtomicFile.write(document, to: path)
        Console.print("drawn in \(path)")
      }
    }
  }
}

/// The pictures of a file of benchmark results, by name.
struct BenchmarkPictures {
  let documents: [(name: String, document: String)]

  /// - Throws: `InputError` when the file is no such JSON.
  init(path: String) throws {
    let file = try MappedFile(path: path)
    let data = withExtendedLifetime(file) { Data($0.bytes) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      switch try decoder.decode(Results.self, from: data) {
      case .curves(let file): documents = file.curves.map { ($0.id, $0.chart(notes: file.notes).document) }
      case .kernels(let reports): documents = reports.map { ($0.name ?? "roofline", $0.chart.document) }
      }
    } catch {
      throw InputError(
        path: path, reason: "not a file of curves or kernels: \(error)",
        remedy: "Give curves.json, kernels.json, or what `segue benchmark kernels --json` prints.")
    }
    if documents.isEmpty {
      throw InputError(
        path: path, reason: "there is nothing to draw: no curve or report in it",
        remedy: "Measure again with `make bench`; its tables say what failed.")
    }
    for (name, _) in documents where name.isEmpty || name.contains("/") || name.hasPrefix(".") {
      throw InputError(path: path, reason: "\(name) cannot be the name of a picture")
    }
  }
}

/// One of the files, told by its top-level keys.
private enum Results: Decodable {
  case curves(Curves)
  case kernels([KernelsReport])

  private enum Key: CodingKey { case curves, reports }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    if container.contains(.curves) {
      self = .curves(try Curves(from: decoder))
    } else if container.contains(.reports) {
      self = .kernels(try container.decode([KernelsReport].self, forKey: .reports))
    } else {
      self = .kernels([try KernelsReport(from: decoder)])
    }
  }
}

/// `curves.json`: what sweeps measured, a number or null at each point.
private struct Curves: Decodable {
  let notes: [String]
  let curves: [Curve]

  struct Curve: Decodable {
    let id: String
    let title: String
    let note: String?
    let axis: String
    let points: [Double]
    let panels: [Panel]

    func chart(notes: [String]) -> LineChart {
      LineChart(
        title: title, notes: (note.map { [$0] } ?? []) + notes, axis: axis,
        panels: panels.map { panel in
          LineChart.Panel(
            title: panel.title, axis: panel.axis,
            series: panel.series.map { series in
              LineChart.Series(
                series.name,
                points: zip(points, series.values).compactMap { x, y in y.map { (x, $0) } }.filter {
                  $0.0 > 0 && $0.1 > 0
                })
            })
        })
    }
  }

  struct Panel: Decodable {
    let title: String
    let axis: String
    let series: [Series]
  }

  struct Series: Decodable {
    let name: String
    let values: [Double?]
  }
}

/// What `segue benchmark kernels --json` prints; each of those in `kernels.json` has a name.
private struct KernelsReport: Decodable {
  struct Processor: Decodable { let processor: String }

  struct Operation: Decodable {
    let operation: String
    let size: String
    let intensity: Double
    let gflops: Double?
    let bound: String?
    let bytes: Int
  }

  let name: String?
  let device: String
  let machine: Processor
  let settings: [String: String]
  let peakGflops: Double
  let peakOf: String
  let fusedMultiplyAddGflops: Double?
  let memoryGigabytesPerSecond: Double
  let cacheGigabytesPerSecond: Double?
  let cacheBytes: Int?
  let operations: [Operation]

  var chart: RooflineChart {
    let threads = settings["threads"].map { $0 == "1" ? ", one thread" : ", \($0) threads" } ?? ""
    var slopes = [(name: "memory", rate: memoryGigabytesPerSecond)]
    if let cacheGigabytesPerSecond { slopes.append(("cache", cacheGigabytesPerSecond)) }
    var ceilings = [(name: peakOf.prefix { $0 != "," && $0 != ";" }.description, rate: peakGflops)]
    if let fusedMultiplyAddGflops { ceilings.append(("fused multiply-adds alone", fusedMultiplyAddGflops)) }
    let dots = operations.compactMap { row -> RooflineChart.Dot? in
      guard let rate = row.gflops, rate > 0, row.intensity > 0 else { return nil }
      let isRepeated = operations.count { $0.operation == row.operation } > 1
      let size = row.size.prefix { $0 != "," }
      let isInCache = cacheBytes.map { row.bytes <= $0 } ?? false
      return RooflineChart.Dot(
        isRepeated ? "\(row.operation), \(size)" : row.operation, intensity: row.intensity, rate: rate,
        slope: isInCache ? "cache" : "memory")
    }
    var notes = ["\(machine.processor); \(device)\(threads)."]
    if cacheGigabytesPerSecond != nil {
      notes.append("Colour and mark tell where an operation's data lie: in the last cache or in memory.")
    }
    return RooflineChart(
      title: "Every operation against its roofline", notes: notes, slopes: slopes, ceilings: ceilings, dots: dots)
  }
}
