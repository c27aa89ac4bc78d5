import ArgumentParser
import Compute
import Files
import Formats
import Music
import Recommendation

struct RecommendCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recommend", abstract: "Recommends songs that go on a playlist.",
    discussion: """
      Runs on the CPU. The order and repeats of the songs given are kept; ids that the model does not know are ignored \
      and listed. A model of the objective continuation ranks its whole catalogue by a score: the higher, the better. \
      One of the objective dissertation knows songs by their 29 numbers only: it passes over songs without audio \
      features, and titles. It tells the Euclidean distance between the vector that it predicted and the song's own: the \
      smaller, the closer to what it had in mind.
      """)

  @Argument(help: "The model folder.") var model: String

  @Option(
    help: ArgumentHelp(
      "The playlist's songs: up to 1,000 track ids, such as `segue search` finds.", valueName: "id,id,…"))
  var tracks: String?

  @Option(
    help: ArgumentHelp(
      "A playlist in a file: one track id a line, a table with track_id, or M3U, XSPF, JSPF or Exportify's CSV, whose "
        + "songs are found by id, else by title and artist.", valueName: "file"))
  var playlist: String?

  @Option(
    help: ArgumentHelp(
      "The playlist's title, whose words the model may know (default: the file's); enough by itself.", valueName: "text"
    ))
  var title: String?

  @Option(
    help: ArgumentHelp(
      "What else is known of the playlist, under the names that the model was trained with (--context). May be given "
        + "several times.", valueName: "column=value"))
  var context: [String] = []

  @Option(help: "Songs to recommend, 1 to 500.") var count = 10

  @Option(help: "default, or original: the dissertation's decoder, which repeats itself and may give fewer.")
  var decode = DecodeStyle.default

  @OptionGroup(title: "Wishes") var wishes: WishOptions

  @Flag(help: "Say of each song what the model expected and which songs of the playlist pulled it.")
  var reasons = false

  @Option(
    help: ArgumentHelp(
      "Write the songs as a playlist; csv has Exportify's columns.", valueName: "format"))
  var format: PlaylistFormat?

  @Option(help: ArgumentHelp("Write that playlist to a file instead of the terminal.", valueName: "file"))
  var out: String?

  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    guard format == nil || !json && !reasons else {
      throw ValidationError("--format writes a playlist, which has no place for --json and --reasons.")
    }
    guard out == nil || format != nil else { throw ValidationError("--out needs --format.") }
    guard tracks == nil || playlist == nil, tracks != nil || playlist != nil || title != nil else {
      throw ValidationError("Give either --tracks or --playlist, or --title alone.")
    }
    guard Recommender.countRange.contains(count) else {
      throw ValidationError("--count must lie in 1…500, got \(count).")
    }
    if let wrong = context.first(where: { !$0.contains("=") }) {
      throw ValidationError("--context must be COLUMN=VALUE, got \(wrong).")
    }
    guard !reasons || decode == .default else { throw ValidationError("--reasons needs --decode default.") }
  }

  func run() throws {
    try reportingErrors {
      let steering = try wishes.steering()
      let backend = try CPUBackend(threads: 1)
      let folder = try ModelFolder(path: model)
      let file = try playlist.map { try GivenPlaylist(path: $0, folder: folder) }
      let ids =
        file?.ids
        ?? tracks.map { $0.split(separator: ",").map { TrackList.id(String($0)) }.filter { !$0.isEmpty } } ?? []
      let title = title ?? file?.title
      let recommender = try folder.makeRecommender(on: backend)
      try check(recommender)
      let catalogue = recommender.catalogue
      let (wishes, unknown) = try wishes.wishes(catalogue)
      var request = PlaylistRequest(
        songs: [], context: PlaylistContext(title: title, attributes: context), wishes: wishes, steering: steering)
      let result = try recommender.recommend(
        ids: ids, into: &request, count: count, decode: decode, source: playlist ?? "--tracks")
      let text = RecommendationText(
        catalogue: catalogue, ranksCatalogue: recommender.ranksCatalogue, wanted: count)
      if let format {
        let songs = ExportedPlaylist(
          title: title ?? "Recommended by Segue", songs: result.songs.map(\.row), of: catalogue)
        try format.write(songs, to: out ?? "/dev/stdout")
        text.showRemarks(result)
      }
      let reasons = reasons ? try recommender.reasons(for: result.songs, of: request) : nil
      if json {
        print(
          try encodedJSON(
            RecommendationAnswer(result, reasons: reasons, catalogue: catalogue, device: backend.device.name)))
      } else if format == nil {
        text.show(result, reasons: reasons)
      }
      if unknown > 0 { Console.print("never or lately played, but not in the catalogue: \(unknown) ids") }
    }
  }

  /// - Throws: `UsageError` for what the kind of model cannot do at all; says what it leaves out.
  private func check(_ recommender: any SongRecommender) throws {
    guard recommender.ranksCatalogue else {
      for (flag, isGiven) in [("--title", title != nil), ("--context", !context.isEmpty)] where isGiven {
        Console.print("this model knows songs by their numbers only: \(flag) does nothing")
      }
      if wishes.steerStrength != nil {
        Console.print("this model goes where it is steered and no weaker: --steer-strength does nothing")
      }
      return
    }
    if let ranker = recommender as? CatalogueRanker {
      guard wishes.steer == nil || ranker.decodes else {
        throw UsageError("--steer needs a decoder, which this model was trained without.")
      }
      if let title, !ranker.knowsWord(of: PlaylistContext(title: title)) {
        Console.print("the model knows no word of \(title): the title does nothing")
      }
      for attribute in context where !ranker.knows(attribute) {
        Console.print("the model does not know \(attribute): it does nothing")
      }
    }
    guard decode == .default else {
      throw UsageError("--decode original is for models of the objective dissertation; this one ranks its catalogue.")
    }
  }
}

extension DecodeStyle: ExpressibleByArgument {}
extension PlaylistFormat: ExpressibleByArgument {}

/// What may be recommended, and where its numbers are to go.
struct WishOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Most songs by one artist.", valueName: "count")) var maxPerArtist: Int?
  @Option(help: ArgumentHelp("Most songs of one album.", valueName: "count")) var maxPerAlbum: Int?
  @Option(
    help: ArgumentHelp(
      "Choose among so many songs only, those that were played together with the playlist's (session kNN).",
      valueName: "count"))
  var candidates: Int?
  @Flag(help: "Also recommend other versions (remastered, live, …) of songs given or recommended.")
  var versions = false
  @Option(
    help: ArgumentHelp(
      "Never recommend these: ids, artist:NAME, or a file with one of them a line. May be given several times.",
      valueName: "file|id,id,…"))
  var exclude: [String] = []
  @Option(help: ArgumentHelp("A file of songs played lately, which are left out.", valueName: "file"))
  var recent: String?
  @Option(
    help: ArgumentHelp(
      "Move how the songs sound: +0.2 and -0.2 from what the model predicts, 0.8 (or @-8) to a value. In Spotify's "
        + "names and units.", valueName: "energy=+0.2,tempo=120,…"))
  var steer: String?
  @Option(help: ArgumentHelp("How much steering counts, 0 to 100 (default: 1.5).", valueName: "number"))
  var steerStrength: Float?

  func validate() throws {
    for (flag, value) in [
      ("--max-per-artist", maxPerArtist), ("--max-per-album", maxPerAlbum), ("--candidates", candidates),
    ] {
      guard let value, value < 1 else { continue }
      throw ValidationError("\(flag) must be at least 1, got \(value).")
    }
    if let steerStrength, !Steering.strengthRange.contains(steerStrength) {
      throw ValidationError("--steer-strength must lie in 0…100, got \(steerStrength).")
    }
    guard steerStrength == nil || steer != nil else { throw ValidationError("--steer-strength needs --steer.") }
  }

  /// - Throws: `UsageError`.
  func steering() throws -> Steering? {
    guard let steer else { return nil }
    var steering = try Steering(parsing: steer)
    if let steerStrength { steering.strength = steerStrength }
    return steering
  }

  /// - Returns: the wishes, and how many ids of the lists the catalogue does not know.
  func wishes(_ catalogue: Catalogue) throws -> (wishes: Wishes, unknown: Int) {
    var (wishes, unknown) = (Wishes(), 0)
    (wishes.songsPerArtist, wishes.songsPerAlbum, wishes.allowsVersions) = (maxPerArtist, maxPerAlbum, versions)
    wishes.candidateCount = candidates
    for text in exclude { unknown += wishes.exclude(try SongExclusions(text), in: catalogue).count }
    if let recent {
      var list = SongExclusions()
      list.ids = try TrackList.load(recent)
      unknown += wishes.exclude(list, in: catalogue).count
    }
    let nobody = wishes.unknownArtists(in: catalogue)
    if !nobody.isEmpty { Console.print("never, but no song is by them: \(nobody.joined(separator: ", "))") }
    if maxPerAlbum != nil, !catalogue.columns.contains("album_name") {
      Console.print("the catalogue knows no albums: --max-per-album does nothing")
    }
    return (wishes, unknown)
  }
}
