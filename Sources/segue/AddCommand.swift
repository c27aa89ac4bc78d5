import ArgumentParser
import Files
import FoundationEssentials
import Music
import Recommendation

struct AddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Adds songs to a model's catalogue without training.",
    discussion: """
      The songs can then be given and recommended; the weights stay as they are. A model of the objective continuation \
      places them by their artists and audio features, as it places songs that training never saw; one of the objective \
      dissertation by audio features. Songs whose id the catalogue has already are skipped. The model folder is replaced \
      as a whole: an interruption leaves the old one. `segue train --resume` would leave out the added songs again.
      """)

  @Argument(help: "The model folder.") var model: String
  @Argument(help: ArgumentHelp("The songs, as in a dataset's tracks.csv; may be gzipped.", valueName: "tracks.csv"))
  var tracks: String
  @Option(help: ArgumentHelp("Their vectors, for a model trained with --vectors.", valueName: "file"))
  var vectors: String?
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    try reportingErrors {
      let songs = try SongTable(csv: tracks)
      guard FileManager.default.fileExists(atPath: model) else {
        throw InputError(path: model, reason: "there is no such folder", remedy: "Check the path.")
      }
      let addition = try ModelFolder.add(songs, to: model, vectors: vectors.map { try DenseVectors(csv: $0) })
      if json {
        print(try encodedJSON(Answer(addition)))
        return
      }
      print("\(addition.added) songs added, \(addition.total) in the catalogue")
      if addition.alreadyThere > 0 { Console.print("\(addition.alreadyThere) were there already") }
      if addition.unplaced > 0 {
        Console.print("\(addition.unplaced) have neither audio features nor an artist that the model knows")
      }
    }
  }

  private struct Answer: Encodable {
    var added, alreadyThere, byKnownArtists, unplaced, total: Int

    init(_ addition: ModelFolder.Addition) {
      (added, alreadyThere, total) = (addition.added, addition.alreadyThere, addition.total)
      (byKnownArtists, unplaced) = (addition.byKnownArtists, addition.unplaced)
    }
  }
}
