import ArgumentParser
import Compute
import Files
import Music
import Recommendation

struct RecommendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend", abstract: "Recommends songs that go on a playlist.",
    discussion: """
      Runs on the CPU. The order and repeats of the songs given are kept; ids that the model does not know are ignored \
      and listed, and so are songs without audio features, which the model cannot hear. The distance of a song is the Euclidean distance between the vector of 29 numbers \
      that the model predicted and the song's own: the smaller, the closer to what it had in mind.
      """)

  @Argument(help: "The model folder.") var model: String

  @Option(help: ArgumentHelp("The playlist's songs: up to 1,000 track ids.", valueName: "id,id,…"))
  var tracks: String?

  @Option(help: ArgumentHelp("A file with one track id a line, or with a column track_id.", valueName: "file"))
  var playlist: String?

  @Option(help: "Songs to recommend, 1 to 500.") var count = 10

  @Option(help: "default, or original: the dissertation's decoder, which repeats itself and may give fewer.")
  var decode = DecodeStyle.default

  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard (tracks == nil) != (playlist == nil) else { throw ValidationError("Give either --tracks or --playlist.") }
    guard Recommender.countRange.contains(count) else {
      throw ValidationError("--count must lie in 1…500, got \(count).")
    }
  }

  func run() throws {
    try reportingErrors {
      let ids =
        try playlist.map { try TrackList.load($0) }
        ?? tracks!.split(separator: ",").map { TrackList.id(String($0)) }.filter { !$0.isEmpty }
      let backend = try CPUBackend(threads: 1)
      let recommender = try Recommender(ModelFolder(path: model), backend: backend)
      let result = try recommender.recommend(ids: ids, count: count, decode: decode, source: playlist ?? "--tracks")
      if json {
        print(
          try encodedJSON(
            RecommendationAnswer(result, catalogue: recommender.catalogue, device: backend.device.name)))
      } else {
        show(result, recommender.catalogue)
      }
    }
  }

  private func show(_ result: Recommendations, _ catalogue: Catalogue) {
    var rows = [["", "song", "artist", "track id", "distance"]]
    for (index, song) in result.songs.enumerated() {
      rows.append([
        "\(index + 1)", shortened(catalogue.name(song.row), 40), shortened(catalogue.artist(song.row), 30),
        catalogue.id(song.row), decimal(song.distance, 3),
      ])
    }
    if !result.songs.isEmpty { print(table(rows)) }
    if let shortage = result.shortage {
      let reason =
        switch shortage {
        case .catalogueUsedUp: "every other song of the catalogue was given or has no audio features"
        case .triesUsedUp: "the original decoder used up its \(Recommender.originalTries) tries on repeats"
        }
      let found = result.songs.isEmpty ? "nothing left to recommend" : "only \(result.songs.count) of \(count) songs"
      Console.print("\(found): \(reason)")
    }
    if !result.ignored.isEmpty { Console.print("not in the catalogue: \(result.ignored.joined(separator: ", "))") }
    if !result.withoutNumbers.isEmpty {
      let names = result.withoutNumbers.map { "\(catalogue.name($0)) (\(catalogue.id($0)))" }
      Console.print("without audio features, passed over: \(names.joined(separator: ", "))")
    }
  }

  private func shortened(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(width - 1) + "…"
  }
}

extension DecodeStyle: ExpressibleByArgument {}

/// The answer in the form of `segue recommend --json`.
private struct RecommendationAnswer: Encodable {
  var recommendations: [Song]
  /// Ids that the catalogue does not know.
  var ignored: [String]
  /// Known songs that the model passed over.
  var withoutFeatures: [String]
  var device: String

  init(_ result: Recommendations, catalogue: Catalogue, device: String) {
    self.device = device
    recommendations = result.songs.map { song in
      let texts = catalogue.columns.indices.compactMap { column -> (String, String)? in
        let name = catalogue.columns[column]
        let text = catalogue.text(name, of: song.row)
        return column < Catalogue.requiredColumns.count ? (name, text ?? "") : text.map { (name, $0) }
      }
      return Song(texts: texts, distance: song.distance)
    }
    ignored = result.ignored
    withoutFeatures = result.withoutNumbers.map(catalogue.id)
  }

  /// A song under the names of its columns in `tracks.csv`.
  struct Song: Encodable {
    var texts: [(String, String)]
    var distance: Double

    struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      for (name, text) in texts { try container.encode(text, forKey: Key(stringValue: name)) }
      try container.encode(distance, forKey: Key(stringValue: "distance"))
    }
  }
}
