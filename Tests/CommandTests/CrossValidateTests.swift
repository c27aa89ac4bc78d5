import Foundation
import TestSupport
import Testing

/// `segue cross-validate` as its user meets it.
@Suite(.serialized) struct CrossValidateTests {
  private struct Figure: Decodable, Equatable {
    var mean: Double?
    var ci95: [Double]?
  }

  private typealias Methods = [String: [String: Figure]]

  private struct Answer: Decodable {
    struct Evaluation: Decodable {
      struct Fold: Decodable { var training, validation, test, evaluated, skipped: Int }
      struct Over: Decodable {
        var rival: String
        var ratio: Figure
      }
      var seeds, playlists, skipped: Int
      var folds: [Fold]
      var methods, model_seeds, paired: Methods
      var by_fold: [String: [Double?]]
      var over_best_single, over_best_blend: Over?
    }
    struct Subject: Decodable {
      struct Training: Decodable {
        var fold, seed: Int
        var seconds: Double
      }
      var dataset, fingerprint: String
      var synthetic: Bool
      var training: [Training]
    }
    var cross_validation: Subject
    var rival_settings: [String: String]
    var evaluations: [Evaluation]
  }

  private struct Evaluated: Decodable {
    var playlists: Int
    var methods: Methods
  }

  static let folder = Result { try ScratchFolder() }
  private let scratch: ScratchFolder
  private let data: String

  init() throws {
    scratch = try Self.folder.get()
    data = scratch.file("data")
    if !FileManager.default.fileExists(atPath: data) {
      let made = try Program.run(["demo", "--make", data, "--playlists", "60", "--songs", "1500"])
      try #require(made.status == 0, "\(made.errors)")
    }
  }

  private static let small = ["--hidden", "8", "--epochs", "1", "--device", "cpu"]

  private func arguments(_ report: String, _ more: [String], data: String? = nil) -> [String] {
    ["cross-validate", data ?? self.data, "--report", scratch.file(report)] + Self.small + more
  }

  private func answer(_ output: String) throws -> Answer {
    try JSONDecoder().decode(Answer.self, from: Data(output.utf8))
  }

  /// Means over playlists of all folds, from `segue evaluate` on each fold's kept model.
  private func weightedMeans(
    _ keep: String, folds: Int, seed: Int, data: String, _ more: [String]
  ) throws -> [String: [String: Double]] {
    var sums: [String: [String: Double]] = [:]
    var count = 0
    for fold in 1...folds {
      let result = try Program.run(
        ["evaluate", scratch.file("\(keep)/fold-\(fold)-seed-\(seed)"), data, "--json"] + more)
      try #require(result.status == 0, "\(result.errors)")
      let one = try JSONDecoder().decode(Evaluated.self, from: Data(result.output.utf8))
      count += one.playlists
      for (method, figures) in one.methods {
        for (metric, figure) in figures {
          sums[method, default: [:]][metric, default: 0] += (figure.mean ?? .nan) * Double(one.playlists)
        }
      }
    }
    return sums.mapValues { $0.mapValues { $0 / Double(count) } }
  }

  private func isNear(_ figures: [String: Figure]?, _ expected: [String: Double]?) -> Bool {
    guard let figures, let expected, figures.count == expected.count else { return false }
    return expected.allSatisfy { metric, mean in
      // Coverage is the mean of the folds, which are not weighted.
      metric == "coverage@10" || (figures[metric]?.mean).map { abs($0 - mean) < 1e-9 } == true
    }
  }

  @Test func `pooled figures are those of evaluate on every fold, and what is finished is not done again`() throws {
    let methods = ["--methods", "segue,session-knn,als,popularity,random", "--seeds", "4"]
    let command = arguments(
      "report", ["--folds", "3", "--model-seeds", "1,2", "--keep", scratch.file("kept"), "--json"] + methods)
    let result = try Program.run(command)
    try #require(result.status == 0, "\(result.errors)")
    let whole = try answer(result.output)
    let evaluation = whole.evaluations[0]
    #expect(whole.evaluations.count == 1 && evaluation.seeds == 4 && whole.cross_validation.synthetic)
    #expect(evaluation.playlists + evaluation.skipped == 60 && evaluation.folds.map(\.test) == [20, 20, 20])
    #expect(evaluation.folds.allSatisfy { $0.training == 40 && $0.validation == 0 })
    #expect(
      whole.cross_validation.training.map { "\($0.fold) \($0.seed)" } == ["1 1", "1 2", "2 1", "2 2", "3 1", "3 2"])
    #expect(whole.rival_settings.keys.sorted() == ["als", "session-knn"])
    var bySeed: [[String: Double]] = []
    for seed in [1, 2] {
      let expected = try weightedMeans("kept", folds: 3, seed: seed, data: data, methods)
      for method in ["session-knn", "als", "popularity", "random"] {
        #expect(isNear(evaluation.methods[method], expected[method]), "\(method)")
      }
      #expect(isNear(evaluation.model_seeds["segue/seed-\(seed)"], expected["segue"]), "seed \(seed)")
      bySeed.append(try #require(expected["segue"]))
    }
    #expect(bySeed[0]["ndcg@500"] != bySeed[1]["ndcg@500"])
    #expect(isNear(evaluation.methods["segue"], bySeed[0].merging(bySeed[1]) { ($0 + $1) / 2 }))
    #expect(evaluation.paired["segue-als"]?["ap@10/min"]?.ci95?.count == 2)
    #expect(evaluation.over_best_single != nil && evaluation.over_best_blend == nil)
    #expect(evaluation.by_fold["segue/seed-2"]?.count == 3)

    let again = try Program.run(command)
    #expect(again.status == 0 && again.output == result.output)
    #expect(!again.errors.contains("training\n") && again.errors.contains("fold 3 of 3, seed 2: there from before"))
    // Another method is done alone; other settings of the model do the model again, and not the rivals.
    let more = try Program.run(command + ["--methods", "segue,session-knn,item-knn"])
    #expect(more.errors.contains("fold 1 of 3: item-knn") && !more.errors.contains("training\n"))
    #expect(try answer(more.output).evaluations[0].methods["session-knn"] == evaluation.methods["session-knn"])
    let damaged = scratch.file("report/folds/fold-2-als.json")
    try Data(contentsOf: URL(filePath: damaged)).dropLast(5).write(to: URL(filePath: damaged))
    let other = try Program.run(command + ["--epochs", "2"])
    #expect(other.errors.contains("fold 1 of 3, seed 1: training") && other.errors.contains("damaged; done again"))
    #expect(other.errors.contains("fold 1 of 3: 4 methods are there from before"))
    let retrained = try answer(other.output).evaluations[0]
    #expect(retrained.methods["als"] == evaluation.methods["als"])
    #expect(retrained.methods["segue"] != evaluation.methods["segue"])
  }

  @Test func `the report says what was done, with pictures, and names no song`() throws {
    let result = try Program.run(
      arguments(
        "page",
        [
          "--folds", "2", "--model-seeds", "7", "--seeds", "4,2", "--validation-share", "0.2", "--early-stopping", "1",
          "--methods", "segue,item-knn,blend", "--fold-seed", "5",
        ]))
    try #require(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("K = 4") && result.output.contains("segue / blend (the best blend) in ap@10/min"))
    #expect(result.errors.contains("leak check: 0 playlists near-identical"))
    #expect(
      try scratch.names(in: "page") == [
        "cross-validation.json", "cross-validation.md", "differences.svg", "folds", "metrics.svg", "seeds.svg",
      ])
    let page = try scratch.text("page/cross-validation.md")
    for text in [
      "# Cross-validation on synthetic data of data", "2 of near-equal size, dealt by seed 5", "fingerprint ",
      "each of the seeds 7", "## Figures, K = 2", "segue/seed-7", "without the 20.0 % of their playlists",
      "\"split\" : \"fold:1/2:5:0.2\"", "\"early_stopping\" : 1", "## Training seconds",
      "Σ_{i≤10} P@i·h_i / min(R, 10)",
      "- item-knn: `Settings(", "commit not known",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    let ids = try String(contentsOfFile: data + "/tracks.csv", encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",")[0] }
    try #require(ids.count == 1500)
    for name in try scratch.names(in: "page").filter({ $0 != "folds" }).map({ "page/\($0)" })
      + scratch.names(in: "page/folds").map({ "page/folds/\($0)" })
    {
      let text = try scratch.text(name)
      #expect(!ids.contains { text.contains($0) }, "\(name)")
    }
    let json = try answer(scratch.text("page/cross-validation.json"))
    #expect(json.evaluations.map(\.seeds) == [4, 2] && json.evaluations[0].folds.allSatisfy { $0.validation > 0 })
  }

  @Test func `an interrupted run goes on where it stopped, to the same figures`() throws {
    let more = [
      "--folds", "2", "--model-seeds", "1,2", "--seeds", "4", "--methods", "segue", "--epochs", "60", "--json",
    ]
    let whole = try Program.run(arguments("uninterrupted", more))
    try #require(whole.status == 0, "\(whole.errors)")
    let run = try Program.start(arguments("stopped", more))
    let first = scratch.file("stopped/folds/fold-1-segue-seed-1.json")
    for _ in 0..<3000 where !FileManager.default.fileExists(atPath: first) { usleep(10_000) }
    kill(run.process.processIdentifier, SIGINT)
    let stopped = run.wait()
    #expect(stopped.status == 130 && stopped.output == "", "\(stopped.status) \(stopped.errors)")
    #expect(stopped.errors.contains("go on with: segue cross-validate") && stopped.errors.contains("--epochs 60"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("stopped/folds/fold-2-segue-seed-2.json")))
    let rest = try Program.run(arguments("stopped", more))
    #expect(rest.status == 0 && rest.errors.contains("fold 1 of 2, seed 1: there from before"))
    #expect(rest.errors.contains("fold 2 of 2, seed 2: training"))
    #expect(try answer(rest.output).evaluations[0].methods == answer(whole.output).evaluations[0].methods)
  }

  @Test(arguments: [
    (64, ["--folds", "1"], "at least 2"), (64, ["--folds", "61"], "61 folds are more than can be made"),
    (64, ["--methods", "segue,nobody"], "nobody is unknown"), (64, ["--model-seeds", "1,x"], "--model-seeds must be"),
    (64, ["--model-seeds", ""], "--model-seeds must be"), (64, ["--seeds", "0"], "--seeds must be"),
    (64, ["--split", "0.8,0.2"], "--split is not for"), (64, ["--seed", "3"], "--seed is not for"),
    (64, ["--cold-songs", "0.1"], "--cold-songs is not for"),
    (64, ["--early-stopping", "2"], "needs --validation-share"),
    (64, ["--validation-share", "1"], "0 ..< 1"), (64, ["--hidden", "0"], "--hidden must lie in"),
    (64, ["--objective", "guessing"], "--objective guessing is unknown"),
    (65, ["--seeds", "900", "--methods", "popularity"], "none of 60 playlists has more than 900 songs"),
    (73, ["--report", "/proc/nowhere"], "/proc/nowhere"), (73, ["--keep", "/proc/nowhere"], "/proc/nowhere"),
  ])
  func `mistakes end with their status before anything is trained`(
    status: Int, more: [String], reason: String
  ) throws {
    let result = try Program.run(arguments("mistakes", more))
    #expect(Int(result.status) == status && result.errors.contains(reason), "\(result.errors)")
    #expect(!result.errors.contains("training\n") && result.output == "")
  }

  @Test(.enabled(if: SharedFolder.hasPlaylists, "the folder of real playlists is absent: set SEGUE_SHARED"))
  func `on 200 real playlists the pooled figures are those of evaluate on every fold`() throws {
    let real = SharedFolder.path + "/data/mpd"
    let methods = ["--methods", "segue,session-knn,sequential-rules,popularity"]
    let result = try Program.run(
      arguments(
        "real",
        [
          "--max-playlists", "200", "--folds", "4", "--model-seeds", "3", "--json", "--keep", scratch.file("realkept"),
        ] + methods, data: real))
    try #require(result.status == 0, "\(result.errors)")
    let evaluation = try answer(result.output).evaluations[0]
    #expect(evaluation.playlists == 200 && evaluation.skipped == 0)
    let expected = try weightedMeans("realkept", folds: 4, seed: 3, data: real, methods)
    for method in ["segue", "session-knn", "sequential-rules", "popularity"] {
      #expect(isNear(evaluation.methods[method], expected[method]), "\(method)")
    }
    let ratio = try #require(evaluation.over_best_single?.ratio.mean)
    #expect(ratio > 0.5 && ratio < 2)
  }
}
