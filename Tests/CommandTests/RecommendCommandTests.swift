import Foundation
import TestSupport
import Testing

/// `segue recommend` and `segue evaluate` on a model that `segue train` made of 12 small playlists.
@Suite struct RecommendCommandTests {
  private static let features =
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
    + "time_signature,valence"
  private let folder: ScratchFolder
  private var model: String { folder.file("model") }

  init() throws {
    folder = try ScratchFolder()
    var tracks = "track_id,track_name,artist_name,\(Self.features),album_name,popularity\n"
    for song in 0..<30 {
      let values =
        song == 7
        ? String(repeating: ",", count: 12)
        : "0.\(10 + song),0.4,\(150_000 + song * 1000),0.5,0.1,\(song % 12),0.2,-\(song),\(song % 2),0.3,\(90 + song),4,0.6"
      tracks += "t\(song),\"Song, \(song)\",Artist \(song % 4),\(values),Album \(song),\(song)\n"
    }
    try folder.write(tracks, to: "tracks.csv")
    let rows = (0..<12).flatMap { pid in (0..<9).map { "\(pid),\($0),t\((pid * 7 + $0 * 4) % 30)\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
    let result = try Program.run([
      "train", folder.path, "--out", folder.file("model"), "--objective", "dissertation", "--epochs", "1", "--hidden",
      "8", "--device", "cpu",
      "--split", "8,2,2",
    ])
    try #require(result.status == 0, "\(result.errors)")
  }

  private struct Answer: Decodable {
    struct Song: Decodable {
      var trackId, trackName, artistName, albumName, popularity: String
      var distance: Double
    }
    var recommendations: [Song]
    var ignored, withoutFeatures: [String]
    var device: String
  }

  private func recommend(_ arguments: String...) throws -> Answer {
    let result = try Program.run(["recommend", model, "--json"] + arguments)
    try #require(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Answer.self, from: Data(result.output.utf8))
  }

  @Test func `recommend answers in the agreed JSON, for ids and for files alike`() throws {
    let answer = try recommend("--tracks", "t3,nobody,t4,t7,t3", "--count", "5")
    let ids = answer.recommendations.map(\.trackId)
    #expect(ids.count == 5 && Set(ids).count == 5 && Set(ids).isDisjoint(with: ["t3", "t4", "t7"]))
    for song in answer.recommendations {
      let number = song.trackId.dropFirst()
      #expect(song.trackName == "Song, \(number)" && song.albumName == "Album \(number)" && song.distance > 0)
      #expect(song.popularity == number)
    }
    #expect(answer.ignored == ["nobody"] && answer.withoutFeatures == ["t7"] && answer.device.contains("CPU"))

    let list = try folder.write("t3\nnobody\nt4\nt7\nt3\n", to: "list.txt")
    let csv = try folder.write("pid,pos,track_id\n0,0,t3\n0,1,nobody\n0,2,t4\n0,3,t7\n0,4,t3\n", to: "list.csv")
    for file in [list, csv] {
      #expect(try recommend("--playlist", file, "--count", "5").recommendations.map(\.trackId) == ids)
    }
    #expect(try recommend("--tracks", "t3", "--count", "500").recommendations.count == 28)
    #expect(try recommend("--tracks", "t3", "--decode", "original").recommendations.count <= 10)
  }

  @Test func `recommend prints a table and its remarks elsewhere`() throws {
    let result = try Program.run(["recommend", model, "--tracks", "t3,nobody", "--count", "2"])
    #expect(result.status == 0 && result.output.split(separator: "\n").count == 3)
    #expect(result.output.contains("Song, ") && result.errors.contains("not in the catalogue: nobody"))
  }

  @Test func `recommend says why there are fewer songs or none`() throws {
    let most = (0..<29).map { "t\($0)" }.joined(separator: ",")
    let few = try Program.run(["recommend", model, "--tracks", most, "--count", "2"])
    #expect(few.status == 0 && few.errors.contains("only 1 of 2 songs: every other song of the catalogue was given"))
    let none = try Program.run(["recommend", model, "--tracks", most + ",t29"])
    #expect(none.status == 0 && none.output.isEmpty && none.errors.contains("nothing left to recommend: every other"))
    let original = try Program.run(["recommend", model, "--tracks", "t3", "--count", "500", "--decode", "original"])
    #expect(
      original.errors.contains("used up its 500 tries") || original.errors.contains("only 28 of 500 songs: every"))
  }

  @Test(arguments: [
    (65, ["--tracks", "nobody"]), (65, ["--tracks", "t7"]), (64, ["--tracks", "t3", "--count", "0"]),
    (64, ["--tracks", "t3", "--count", "501"]), (64, []), (64, ["--tracks", ","]),
    (65, ["--playlist", "/nowhere.csv"]),
    (64, ["--tracks", "t3", "--decode", "best"]),
  ])
  func `recommend ends with the status of the mistake`(status: Int, arguments: [String]) throws {
    let result = try Program.run(["recommend", model] + arguments)
    #expect(Int(result.status) == status && result.output.isEmpty && !result.errors.isEmpty, "\(result.errors)")
  }

  @Test func `playlists that changed under the same pids are another dataset`() throws {
    let rows = (0..<12).flatMap { pid in (0..<9).map { "\(11 - pid),\($0),t\((pid * 7 + $0 * 4) % 30)\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
    let result = try Program.run(["evaluate", model, folder.path, "--seeds", "4"])
    #expect(result.status == 65 && result.errors.contains("has other songs than the training's"), "\(result.errors)")
  }

  @Test func `names that pairs could not be told apart by are refused`() throws {
    let result = try Program.run(["evaluate", model, folder.path, "--model", "mean-mlp=\(model)"])
    #expect(result.status == 64 && result.errors.contains("a name has no hyphen; write mean_mlp"))
  }

  @Test func `a mistake in a value points to the help of its command`() throws {
    let steer = try Program.run(["recommend", model, "--tracks", "t3", "--steer", "happy"])
    #expect(steer.status == 64 && steer.errors.hasSuffix("\n  See 'segue recommend --help' for more information.\n"))
    let nested = try Program.run(["benchmark", "train", "--device", "nonsense"])
    #expect(nested.status != 0 && !nested.errors.contains("Usage: segue <subcommand>"))
  }

  @Test func `recommend refuses a damaged model folder`() throws {
    let index = try [UInt8](Data(contentsOf: URL(filePath: model + "/catalogue.index")))
    try folder.write(Array(index.dropLast(64)), to: "model/catalogue.index")
    let result = try Program.run(["recommend", model, "--tracks", "t3"])
    #expect(result.status == 65 && result.errors.contains("catalogue.index: truncated or damaged"))
  }

  @Test func `evaluate answers in the agreed JSON and writes the report`() throws {
    let report = folder.file("report")
    let result = try Program.run([
      "evaluate", model, folder.path, "--seeds", "4", "--on", "validation", "--report", report, "--json",
    ])
    try #require(result.status == 0, "\(result.errors)")
    struct Figure: Decodable {
      var mean: Double
      var ci95: [Double]?
    }
    struct Report: Decodable {
      var seeds, playlists, skipped: Int
      var methods, paired: [String: [String: Figure]]
      var device, decode, evaluated: String
      var synthetic: Bool
    }
    let answer = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    #expect(answer.device.contains("CPU") && answer.decode == "default")
    #expect(answer.evaluated == "validation" && !answer.synthetic && !result.errors.contains("warning"))
    let page = try folder.text("report/evaluation.md")
    #expect(page.contains("Evaluated: validation (split 8,2,2, seed 1)") && page.contains("K = 4, 2 playlists"))
    #expect(answer.seeds == 4 && answer.playlists == 2 && answer.skipped == 0)
    #expect(
      Set(answer.methods.keys) == [
        "segue", "session-knn", "vsknn", "sequential-rules", "item-knn", "als", "bpr", "blend",
        "artist-popularity", "artist-content", "content-knn/standardised", "popularity", "content-knn", "random",
      ])
    #expect(answer.paired.count == 14 * 13 / 2 && answer.paired["segue-popularity"]?["ap@10/min"]?.ci95?.count == 2)
    #expect(try folder.text("report/evaluation.json") == result.output)
    let origin = try #require(
      (try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])?["origin"] as? [String: Any])
    #expect(origin["split"] as? String == "8,2,2, seed 1" && (origin["fingerprints"] as? [String])?.count == 1)
    #expect(page.contains("| ap@10/min |"))

    let all = try Program.run(["evaluate", model, folder.path, "--seeds", "4"])
    #expect(all.output.hasPrefix("method  ") && all.output.split(separator: "\n").count == 15, "\(all.output)")
    let tune = try Program.run([
      "evaluate", model, folder.path, "--seeds", "4", "--on", "validation", "--tune", "artist-popularity",
    ])
    #expect(tune.status == 0 && tune.output.split(separator: "\n").count >= 8 && tune.output.contains("\n*\tSettings("))
    let some = try Program.run(["evaluate", model, folder.path, "--seeds", "4", "--methods", "random,segue"])
    #expect(some.status == 0 && some.output.split(separator: "\n").count == 14)
    #expect(some.output.hasPrefix("metric") && some.output.contains("random") && !some.output.contains("content-knn"))
  }

  @Test func `evaluate warns of playlists that the model has seen, and one playlist has no interval`() throws {
    let base = ["evaluate", model, folder.path, "--seeds", "4", "--methods", "random"]
    let train = try Program.run(base + ["--on", "train", "--decode", "original"])
    #expect(train.status == 0 && train.errors.contains("warning: the model was trained on 8 of these 8 playlists"))
    #expect(train.errors.contains("8 playlists (train)") && train.errors.contains("decode original"))
    let holdout = try folder.write(
      "pid,pos,track_id\n0,0,t1\n0,1,t2\n0,2,t3\n0,3,t4\n0,4,t5\n0,5,t6\n", to: "held.csv")
    let one = try Program.run(base + ["--holdout", holdout, "--json"])
    #expect(one.status == 0 && one.errors.contains("trained on 1 of these 1 playlists"))
    #expect(one.output.contains("\"evaluated\" : \"held.csv\"") && !one.output.contains("\"ci95\" : ["))
  }

  @Test func `a report has its pictures, definitions and origin, and no song's title or id`() throws {
    let result = try Program.run(
      [
        "evaluate", model, folder.path, "--seeds", "2,4", "--on", "train", "--report", folder.file("report"),
        "--seed-choice", "random",
      ], environment: ["SEGUE_COMMIT": "abc123"])
    try #require(result.status == 0, "\(result.errors)")
    let page = try folder.text("report/evaluation.md")
    for text in [
      "## Figures, K = 2", "## Figures, K = 4", "## Paired differences, K = 2", "## Leak check",
      "## Drift of the decoder",
      "Seq2Seq network (single layer) | 0.0030", "the training's", "commit abc123", "drawn at random", "**Warning:**",
      "| `novelty@10` |",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(
      try folder.names(in: "report") == [
        "differences.svg", "drift.svg", "evaluation.json", "evaluation.md", "metrics.svg", "seeds.svg",
      ])
    for name in try folder.names(in: "report") {
      let text = try folder.text("report/" + name)
      #expect(
        !text.contains("Song, ") && text.firstMatch(of: /\bt\d+\b/) == nil && !text.contains(folder.path), "\(name)")
      #expect(!name.hasSuffix(".svg") || text.contains("</svg>") && page.contains("(\(name))"))
    }
    struct Step: Decodable { var step, playlists: Int }
    struct One: Decodable { var drift: [Step] }
    struct All: Decodable { var evaluations: [One] }
    let json = try JSONDecoder().decode(All.self, from: Data(folder.text("report/evaluation.json").utf8))
    #expect(json.evaluations.map(\.drift.count) == [7, 5] && json.evaluations[1].drift[0].playlists == 8)
  }

  @Test(arguments: [
    ("gru4rec", ["train.tsv", "valid.tsv", "test.tsv"]),
    ("recbole", ["ours.train.inter", "ours.valid.inter", "ours.test.inter", "ours.item", "ours.yaml"]),
  ])
  func `export-splits makes a folder of the model's parts`(format: String, names: [String]) throws {
    let command = ["export-splits", model, folder.path, "--format", format, "--out", folder.file("ours")]
    let result = try Program.run(command)
    #expect(result.status == 0 && result.errors.contains("8 training, 2 validation and 2 test playlists"))
    #expect(result.output == names.map { folder.file("ours/\($0)\n") }.joined())
    #expect(try folder.names(in: "ours") == names.sorted())
    let rows = try names.prefix(3).map { try folder.text("ours/" + $0).split(separator: "\n").count - 1 }
    #expect(rows == [72, 18, 18])
    #expect(try Program.run(command).status == 73, "it does not overwrite")
    #expect(try Program.run(command.dropLast() + ["/"]).status == 64)
  }

  @Test func `evaluate refuses a report folder that cannot be written before it works`() throws {
    let report = try folder.write("", to: "file") + "/report"
    let result = try Program.run([
      "evaluate", model, folder.path, "--seeds", "4", "--methods", "random", "--report", report,
    ])
    #expect(result.status == 73 && result.output.isEmpty && !result.errors.contains("playlists"))
    #expect(result.errors.contains("/file: cannot be written (mkdir: Not a directory)"), "\(result.errors)")
  }

  @Test func `evaluate takes several numbers of seeds, the first ones or random ones`() throws {
    let base = ["evaluate", model, folder.path, "--methods", "popularity,random", "--on", "train"]
    let several = try Program.run(base + ["--seeds", "1,4", "--seed-choice", "random"])
    #expect(several.status == 0 && several.output.hasPrefix("K = 1\nmetric") && several.output.contains("\nK = 4\n"))
    #expect(several.errors.contains("8 playlists (train), 4 songs given, drawn at random"), "\(several.errors)")
    #expect(several.errors.contains("leak check: 8 playlists near-identical to a training playlist"))
    let json = try Program.run(base + ["--seeds", "1,4,4", "--json"])
    struct One: Decodable { var seeds: Int }
    struct All: Decodable { var evaluations: [One] }
    #expect(try JSONDecoder().decode(All.self, from: Data(json.output.utf8)).evaluations.map(\.seeds) == [1, 4])
  }

  @Test(arguments: [
    (64, ["--methods", "magic"]), (64, ["--tune", "als"]), (64, ["--on", "validation", "--tune", "magic"]),
    (64, ["--seeds", "0"]), (64, ["--seeds", "1,"]), (64, ["--seed-choice", "last"]), (65, ["--seeds", "9"]),
    (65, ["--holdout", "/nowhere.csv"]),
    (64, ["--holdout", "a.csv", "--on", "test"]),
  ])
  func `evaluate ends with the status of the mistake`(status: Int, arguments: [String]) throws {
    let result = try Program.run(["evaluate", model, folder.path] + arguments)
    #expect(Int(result.status) == status && result.output.isEmpty && !result.errors.isEmpty, "\(result.errors)")
  }
}
