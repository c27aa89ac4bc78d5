import Foundation
import TestSupport
import Testing

/// What `segue train` can be told beyond its defaults, as its user meets it: vectors of one's own, context of playlists, a
/// model that only ranks, and other objectives as rivals.
@Suite(.serialized) struct ModelVariantTests {
  private static let made = Result { try make() }
  private let folder: ScratchFolder
  private var data: String { folder.file("data") }

  init() throws { folder = try Self.made.get() }

  private static func make() throws -> ScratchFolder {
    let folder = try ScratchFolder()
    let made = try Program.run(["demo", "--make", folder.file("data"), "--playlists", "60", "--songs", "300"])
    try #require(made.status == 0, "\(made.errors)")
    try folder.write(
      "pid,name,mood\n" + (0..<60).map { "\($0),Mix,\($0 % 2 == 0 ? "calm" : "wild")\n" }.joined(),
      to: "data/playlist_meta.csv")
    let tracks = try String(contentsOfFile: folder.file("data/tracks.csv"), encoding: .utf8)
    let ids = tracks.split(whereSeparator: \.isNewline).dropFirst().compactMap { $0.split(separator: ",").first }
    let numbers = ids.enumerated().dropLast().map { row, id in
      "\(id)," + (0..<8).map { "\(Double((row * 7 + $0 * 3) % 11) / 10)" }.joined(separator: ",") + "\n"
    }
    try folder.write(
      "track_id," + (0..<8).map { "d\($0)" }.joined(separator: ",") + "\n" + numbers.joined(), to: "vectors.csv")
    return folder
  }

  private func train(_ name: String, _ arguments: String...) throws -> Program.Result {
    try Program.run(
      ["train", data, "--out", folder.file(name), "--hidden", "8", "--epochs", "1", "--device", "cpu"] + arguments)
  }

  private func run(_ arguments: String...) throws -> Program.Result {
    let result = try Program.run(arguments)
    try #require(result.status == 0, "\(result.errors)")
    return result
  }

  private func songs() throws -> [String] {
    let playlists = try String(contentsOfFile: data + "/playlists.csv", encoding: .utf8)
    return playlists.split(whereSeparator: \.isNewline).dropFirst().prefix(3).map {
      String($0.split(separator: ",")[2])
    }
  }

  @Test func `vectors of one's own take the place of audio features, in training, recommending and adding`() throws {
    let result = try train("vectors", "--vectors", folder.file("vectors.csv"), "--without", "re-ranking")
    try #require(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("1 songs without a row in the file of --vectors"))
    let configuration = try String(contentsOfFile: folder.file("vectors/config.json"), encoding: .utf8)
    #expect(configuration.contains("\"vector_7\"") && !configuration.contains("\"energy\""))
    let tracks = try String(contentsOfFile: data + "/tracks.csv", encoding: .utf8).split(whereSeparator: \.isNewline)
    let first = tracks[1].split(separator: ",", maxSplits: 1)
    try folder.write("\(tracks[0])\nnew,\(first[1])\n", to: "new.csv")
    try folder.write(
      "track_id,a,b,c,d,e,f,g,h\nnew,0,0.3,0.6,0.9,0.1,0.4,0.7,1\n", to: "new-vectors.csv")
    let added = try run(
      "add", folder.file("vectors"), folder.file("new.csv"), "--vectors", folder.file("new-vectors.csv"))
    #expect(added.output.contains("1 songs added"))
    let answer = try run("recommend", folder.file("vectors"), "--tracks", "new", "--count", "3", "--json")
    #expect(answer.output.contains("track_id"))
    let elsewhere = try train("audio", "--without", "re-ranking")
    try #require(elsewhere.status == 0, "\(elsewhere.errors)")
    let foreign = try Program.run([
      "add", folder.file("audio"), folder.file("new.csv"), "--vectors", folder.file("new-vectors.csv"),
    ])
    #expect(foreign.status == 65 && foreign.errors.contains("the model was trained without vectors"))
    let refused = try train(
      "refused", "--vectors", folder.file("vectors.csv"), "--objective", "dissertation")
    #expect(refused.status == 64 && refused.errors.contains("--vectors is not for --objective dissertation"))
  }

  @Test func `columns of playlists are words that a request can name`() throws {
    let result = try train(
      "context", "--context", "mood", "--without", "re-ranking", "--epochs", "3", "--batch-size", "8")
    try #require(result.status == 0, "\(result.errors)")
    func scores(_ context: String) throws -> (output: String, errors: String) {
      let result = try run(
        "recommend", folder.file("context"), "--tracks", songs().joined(separator: ","), "--json", "--context", context)
      return (result.output, result.errors)
    }
    let (calm, wild, unknown) = try (scores("mood=calm"), scores("mood=wild"), scores("mood=odd"))
    #expect(calm.output != wild.output && calm.errors.isEmpty)
    #expect(unknown.errors.contains("the model does not know mood=odd"))
    _ = try run("evaluate", folder.file("context"), data, "--methods", "segue")
    let missing = try train("missing", "--context", "age")
    #expect(missing.status == 65 && missing.errors.contains("age"))
  }

  @Test func `a model without decoder ranks the same, and says that it cannot be steered`() throws {
    for (name, parts) in [("whole", "re-ranking"), ("ranking", "re-ranking,decoder")] {
      let result = try train(name, "--without", parts)
      try #require(result.status == 0, "\(result.errors)")
    }
    let given = try songs().joined(separator: ",")
    let answers = try ["whole", "ranking"].map {
      try run("recommend", folder.file($0), "--tracks", given, "--reasons").output
    }
    func ranked(_ text: String) -> [Substring] { text.split(separator: "\n").filter { $0.contains(" by ") } }
    #expect(ranked(answers[0]) == ranked(answers[1]))
    #expect(answers[0].contains("expected") && !answers[1].contains("expected"))
    let steered = try Program.run(["recommend", folder.file("ranking"), "--tracks", given, "--steer", "energy=+0.2"])
    #expect(steered.status == 64 && steered.errors.contains("trained without"))
  }

  @Test func `models of other objectives stand in an evaluation under names of one's own`() throws {
    for (name, arguments) in [
      ("main", ["--without", "re-ranking"]), ("next", ["--objective", "next-song"]),
      ("old", ["--objective", "dissertation"]), ("elsewhere", ["--without", "re-ranking", "--split", "0.5,0.2,0.3"]),
    ] {
      let result = try Program.run(
        ["train", data, "--out", folder.file(name), "--hidden", "8", "--epochs", "1", "--device", "cpu"] + arguments)
      try #require(result.status == 0, "\(name): \(result.errors)")
    }
    let table = try run(
      "evaluate", folder.file("main"), data, "--methods", "segue,popularity", "--model", "lstm=\(folder.file("next"))",
      "--model", "seq2seq=\(folder.file("old"))", "--seeds", "2")
    #expect(table.output.contains("lstm") && table.output.contains("seq2seq"))
    let foreign = try Program.run([
      "evaluate", folder.file("main"), data, "--model", "x=\(folder.file("elsewhere"))", "--methods", "segue",
    ])
    #expect(foreign.status == 65 && foreign.errors.contains("trained on other playlists"))
    let taken = try Program.run([
      "evaluate", folder.file("main"), data, "--model", "als=\(folder.file("next"))",
    ])
    #expect(taken.status == 64 && taken.errors.contains("there is a method als already"))
    let state = try train("state", "--objective", "next-song", "--state", "mean")
    #expect(state.status == 64 && state.errors.contains("--state lstm"))
  }
}
