import Compute
import Evaluation
import Files
import Learning
import Music
import Recommendation
import TestSupport
import Testing

/// A dataset of 12 playlists over 40 songs, and a model folder of random weights whose catalogue has its songs in
/// another order and lacks the last four.
private struct Case {
  let scratch: ScratchFolder
  let dataset: Dataset
  let model: ModelFolder

  init(split: String = "6,3,3", pids: [Int]? = nil) throws {
    scratch = try ScratchFolder()
    let folder = scratch.path
    let features = AudioFeature.allCases.map(\.rawValue)
    func line(_ song: Int) -> String {
      let values = AudioFeature.allCases.map { feature -> String in
        if song == 5 && feature != .key { return "" }
        return switch feature {
        case .durationMilliseconds: "\(100_000 + song * 3000)"
        case .loudness: "-\(song)"
        case .tempo: "\(80 + song)"
        case .key: "\(song % 12)"
        case .mode: "\(song % 2)"
        case .timeSignature: "4"
        default: "0.\(10 + song * 7 % 83)"
        }
      }
      return "t\(song),Song \(song),Artist \(song % 9)," + values.joined(separator: ",") + "\n"
    }
    let header = (["track_id", "track_name", "artist_name"] + features).joined(separator: ",") + "\n"
    try AtomicFile.write(header + (0..<40).map(line).joined(), to: folder + "/tracks.csv")
    let rows = (0..<12).flatMap { pid in
      (0..<8).map { position in "\(pid),\(position),t\((pid * 5 + position * (pid + 3)) % 40)\n" }
    }
    try AtomicFile.write("pid,pos,track_id\n" + rows.joined(), to: folder + "/playlists.csv")
    let dataset = try Dataset.load(folder: folder)
    self.dataset = dataset

    let order = (0..<36).reversed()
    let songs = SongTable(
      ids: order.map { "t\($0)" }, names: order.map { "Song \($0)" }, artists: order.map { "Artist \($0 % 9)" },
      features: order.flatMap { dataset.songs.features[$0 * 13..<($0 + 1) * 13] })
    let scaling = FeatureScaling.fit(songs: dataset.songs, playlists: dataset.playlists)
    try ModelFolder.writeCatalogue(
      songs: songs, vectors: SongVectors(songs: songs, scaling: scaling), scaling: scaling, to: folder)
    let configuration = ModelConfiguration(hiddenSize: 8)
    let layout = ParameterLayout(configuration)
    try Safetensors.write(
      Weights.contents(Initialization.slab(layout, seed: 2), layout: layout), to: folder + "/model.safetensors")
    var training = TrainingConfiguration()
    training.split = split
    try AtomicFile.write(
      ModelDescription(model: configuration, training: training).json, to: folder + "/config.json")
    try AtomicFile.write((pids ?? Array(0..<6)).map { "\($0)\n" }.joined(), to: folder + "/train.pids")
    model = try ModelFolder(path: folder)
  }

  /// The ids of a playlist of catalogue rows, "?" for what the catalogue does not know.
  func ids(_ playlist: Playlist) -> [String] { playlist.songs.map { $0 < 0 ? "?" : model.catalogue.id($0) } }
}

@Suite struct EvaluationInputTests {
  @Test func `methods are fitted on train.pids and judged on a part of the split, in the catalogue's rows`() throws {
    let data = try Case()
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
    let data = try Case()
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
      (try Case(pids: [0, 1, 77]), "1 of the 3 playlists of the training are not in it"),
      (try Case(pids: [0, 1, 2]), "splitting it again gives other training playlists"),
      (try Case(split: "6,6"), "kept no test playlists"),
      (try Case(split: "600,3,3"), "not the dataset that the model was trained on: the model's split 600,3,3 does not"),
    ] {
      let error = #expect(throws: InputError.self) {
        try EvaluationInput(model: data.model, dataset: data.dataset, part: .test)
      }
      #expect(error?.reason.contains(message) == true, "\(String(describing: error))")
    }
  }

  @Test func `a split that means nothing is damage of the model's description`() throws {
    let data = try Case(split: "some,more")
    let error = #expect(throws: InputError.self) {
      try EvaluationInput(model: data.model, dataset: data.dataset, part: .test)
    }
    #expect(error?.path.hasSuffix("/config.json") == true && error?.reason == "damaged: the split some,more")
  }

  @Test func `every method ranks songs without the seeds, whatever the seeds are`() throws {
    let data = try Case()
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
    let report = try Evaluator(set, catalogue: catalogue).report(methods.filter { $0.name != "segue" })
    #expect(report.methods.map(\.name) == ["popularity", "content-knn", "random"])
  }

  @Test func `content neighbours are the songs nearest to the mean of the seeds`() throws {
    let data = try Case()
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
