import ArgumentParser
import Music
import Recommendation

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Finds songs of a model's catalogue by title and artist.",
    discussion: """
      The last word may be unfinished. Capital letters, accents and punctuation do not matter, and one typo is forgiven in \
      a word of four letters or more. A folder without \(SongSearch.fileName) gets it.
      """)

  @Argument(help: "The model folder.") var model: String
  @Argument(help: "Words of the title, of the artist or of both.") var query: [String]
  @Option(help: "Songs to print, 1 to 1,000.") var limit = 20
  @Option(help: "Songs to pass over first.") var offset = 0
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try require("--limit", limit, in: 1...1000)
    try require("--offset", offset, in: 0...Int(Int32.max))
  }

  func run() throws {
    try reportingErrors {
      let search = try ModelFolder(path: model).songSearch()
      let result = search.songs(matching: query.joined(separator: " "), limit: limit, offset: offset)
      let catalogue = search.catalogue
      if json {
        let songs = result.rows.map { row in
          Answer.Song(
            trackId: catalogue.id(row), trackName: catalogue.name(row), artistName: catalogue.artist(row),
            albumName: catalogue.text("album_name", of: row))
        }
        print(try encodedJSON(Answer(songs: songs, total: result.total, hasAllWords: result.hasAllWords)))
        return
      }
      guard result.total > 0 else { return Console.print("no song found") }
      if !result.hasAllWords { Console.print("no song has all these words; these lack one of them") }
      let rows = result.rows.enumerated().map { number, row in
        [
          "\(offset + number + 1)", shortened(catalogue.name(row), 40), shortened(catalogue.artist(row), 30),
          catalogue.id(row),
        ]
      }
      if !rows.isEmpty { print(table([["", "song", "artist", "track id"]] + rows)) }
      if result.total > rows.count { Console.print("\(result.total) songs found") }
    }
  }

  private struct Answer: Encodable {
    struct Song: Encodable {
      var trackId: String
      var trackName: String
      var artistName: String
      var albumName: String?
    }
    var songs: [Song]
    /// How many there are in all.
    var total: Int
    /// False where these lack one of the words.
    var hasAllWords: Bool
  }
}
