import Compute
import Evaluation
import Files
import Learning
import Music
import Recommendation
import TestSupport
import Testing

@Suite struct EvaluationInputTests {
  @Test func `methods are fitted on train.pids and judged on a part of the split, in the catalogue's rows`() throws {
    let data = try SmallModel()
    let parts: [(EvaluationInput.Part, Range<Int>)] = [(.train, 0..<6), (.validation, 6..<9), (.test, 9..<12)]
    for (part, expected) in parts {
      let input = try EvaluationInput(model: data.model, dataset: data.dataset, part: part)
      #expect(input.training.map(\.pid) == (0..<6).map(String.init))
      #expect(input.evaluated.map(\.pid) == expected.map(String.init))
      for (playlist, number) in zip(input.evaluated, expected) {
        let songs = data.dataset.playlists[number].songs
        #expect(data.ids(playlist) == songs.map { $0 < 36 ? "t\($0)" : "?" })
        #expect(Set(playlist.songs).count == Set(songs).count)
      }
    }
  }

  @Test func `a holdout file may name songs that nobody knows`() throws {
    let data = try SmallModel()
    let path = data.scratch.file("holdout.csv")
    try AtomicFile.write(
      "pid,pos,track_id\na,0,t1\na,1,nobody\na,2,t39\na,3,other\na,4,nobody\nb,0,t2\n", to: path)
    let input = try EvaluationInput(model: data.model, dataset: data.dataset, part: .holdout(path))
    #expect(data.ids(input.evaluated[0]) == ["t1", "?", "?", "?", "?"] && input.skippedCount == 1)
    let set = EvaluationSet(input.evaluated, seedCount: 1, alreadySkipped: input.skippedCount)
    #expect(set.cases[0].relevantCount == 3 && set.skippedCount == 1)
  }

  @Test func `another dataset, another split and an empty part are errors`() throws {
    for (data, message) in [
      (try SmallModel(pids: [0, 1, 77]), "1 of the 3 playlists of the training are not in it"),
      (try SmallModel(pids: [0, 1, 2]), "splitting it again gives other training playlists"),
      (try SmallModel(split: "6,6"), "kept no test playlists"),
      (
        try SmallModel(split: "600,3,3"),
        "not the dataset that the model was trained on: the model's split 600,3,3 does not"
      ),
    ] {
      let error = #expect(throws: InputError.self) {
        try EvaluationInput(model: data.model, dataset: data.dataset, part: .test)
      }
      #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test func `a split that means nothing is damage of the model's description`() throws {
    let data = try SmallModel(split: "some,more")
    let error = #expect(throws: InputError.self) {
      try EvaluationInput(model: data.model, dataset: data.dataset, part: .test)
    }
    #expect(error?.path.hasSuffix("/config.json") == true && error?.reason == "damaged: the split some,more")
  }

  @Test func `every method ranks songs without the seeds, whatever the seeds are`() throws {
    let data = try SmallModel()
    let catalogue = data.model.catalogue
    let silent = try #require(catalogue.row(of: "t5"))
    let rows = ["t1", "t2", "t3"].compactMap { catalogue.row(of: $0) }
    let set = EvaluationSet(
      [
        Playlist(pid: "known", songs: rows + [0, 7]), Playlist(pid: "unknown", songs: [-1, -2, -3, 0]),
        Playlist(pid: "silent", songs: [silent, -1, silent, 0]),
        Playlist(pid: "mixed", songs: [silent, rows[0], -9, 0]),
      ], seedCount: 3)
    let methods: [any RankingMethod] = [
      DecodedRanking(try Recommender(data.model, backend: CPUBackend(threads: 1))),
      DecodedRanking(try Recommender(data.model, backend: CPUBackend(threads: 1)), style: .original),
      Popularity(PlaylistMatrix([[0, 1]], songCount: catalogue.count)),
      ContentNeighbours(catalogue: catalogue, songs: data.model.songs), RandomRanking(songCount: catalogue.count),
    ]
    for method in methods {
      let lists = try method.rank(set.cases, depth: 500)
      #expect(lists.count == 4)
      for (list, item) in zip(lists, set.cases) {
        #expect(Set(list).count == list.count && Set(list).isDisjoint(with: item.seeds))
      }
      if method.name == "content-knn" || method.name == "segue" {
        #expect(lists[1].isEmpty && lists[2].isEmpty && !lists[0].isEmpty && !lists[3].isEmpty)
      } else {
        #expect(lists[1].count == 36)
      }
    }
    let report = try Evaluator(set, facts: SongFacts(catalogue: catalogue, training: [])).report(
      methods.filter { $0.name != "segue" })
    #expect(report.methods.map(\.name) == ["popularity", "content-knn", "random"])
  }

  @Test func `content neighbours are the songs nearest to the mean of the seeds`() throws {
    let data = try SmallModel()
    let catalogue = data.model.catalogue
    let seeds: [Int32] = [3, 9, 3, 20]
    let set = EvaluationSet([Playlist(pid: "1", songs: seeds + [0])], seedCount: 4)
    let list = ContentNeighbours(catalogue: catalogue, songs: data.model.songs).rank(set.cases, depth: 500)[0]
    let mean = (0..<29).map { column in
      Double(Float(seeds.reduce(0.0) { $0 + Double(catalogue.vector($1)[column]) } / 4))
    }
    let distances = (0..<Int32(36)).map { row in
      zip(mean, catalogue.vector(row)).reduce(0.0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) }
    }
    let expected = (0..<Int32(36)).filter { !seeds.contains($0) && catalogue.hasNumbers($0) }
      .sorted { (distances[Int($0)], $0) < (distances[Int($1)], $1) }
    #expect(list == expected)
  }
}
