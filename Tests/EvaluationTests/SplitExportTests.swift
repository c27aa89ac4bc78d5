import Evaluation
import Files
import Foundation
import Music
import TestSupport
import Testing

@Suite struct SplitExportTests {
  private let data: SmallModel
  private let folder: ScratchFolder

  init() throws {
    data = try SmallModel(split: "0.5,0.25,0.25", pids: [1, 2, 4, 5, 8, 9])
    folder = try ScratchFolder()
  }

  /// The rows of a tab-separated file below its header.
  private func rows(_ name: String) throws -> (header: [String], rows: [[String]]) {
    let lines = try folder.text(name).split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
    try #require(lines.allSatisfy { $0.count == lines[0].count })
    return (lines[0], Array(lines.dropFirst()))
  }

  private var split: Split {
    var split = Split(training: [1, 2, 4, 5, 8, 9], validation: [0, 7], test: [3, 6, 10])
    split.unused = [11]
    return split
  }

  /// The pids and ids of some playlists.
  private func expected(_ indices: [Int]) -> [(pid: String, ids: [String])] {
    indices.map { index in
      let playlist = data.dataset.playlists[index]
      return (playlist.pid, playlist.songs.map { data.dataset.songs.ids[Int($0)] })
    }
  }

  @Test func `songs kept out of the training stand in test playlists alone`() throws {
    let cold = Set(data.dataset.playlists[1].songs.prefix(2))
    let ids = Set(cold.map { data.dataset.songs.ids[Int($0)] })
    _ = try SplitExport(split, of: data.dataset, coldSongs: cold).writeGRU4Rec(to: folder.path)
    for name in ["train.tsv", "valid.tsv"] { #expect(try rows(name).rows.allSatisfy { !ids.contains($0[1]) }) }
    let test = try rows("test.tsv").rows.count
    #expect(test == split.test.reduce(0) { $0 + data.dataset.playlists[$1].songs.count })
  }

  @Test func `GRU4Rec's files read back are the split, in order, at rising times`() throws {
    let names = try SplitExport(split, of: data.dataset).writeGRU4Rec(to: folder.path)
    #expect(names == ["train.tsv", "valid.tsv", "test.tsv"])
    var lastTime = 0
    for (name, indices) in zip(names, [split.training, split.validation, split.test]) {
      let (header, rows) = try rows(name)
      #expect(header == ["SessionId", "ItemId", "Time"])
      #expect(
        rows.map { $0[0] + " " + $0[1] } == expected(indices).flatMap { list in list.ids.map { list.pid + " " + $0 } })
      for row in rows {
        let time = try #require(Int(row[2]))
        #expect(time > lastTime)
        lastTime = time
      }
    }
  }

  @Test func `RecBole's files read back are the split, with typed headers and every song of the catalogue`() throws {
    let names = try SplitExport(split, of: data.dataset).writeRecBole(name: "our", history: 0, to: folder.path)
    #expect(names == ["our.train.inter", "our.valid.inter", "our.test.inter", "our.item", "our.yaml"])
    for (name, indices) in zip(names, [split.training, split.validation, split.test]) {
      let (header, rows) = try rows(name)
      #expect(header == ["session_id:token", "item_id:token", "timestamp:float"])
      let wanted = expected(indices).flatMap { list in
        list.ids.enumerated().map { [list.pid, $0.element, "\($0.offset)"] }
      }
      #expect(rows == wanted)
    }
    let items = try rows("our.item")
    #expect(items.header.prefix(3) == ["item_id:token", "artist_name:token", "acousticness:float"])
    #expect(items.header.contains("key:token") && items.header.contains("duration_ms:float"))
    #expect(items.rows.map { $0[0] } == data.dataset.songs.ids)
    #expect(items.rows[3][items.header.firstIndex(of: "duration_ms:float")!] == "109000")
    #expect(items.rows[5][items.header.firstIndex(of: "tempo:float")!] == "")
    let settings = try folder.text("our.yaml")
    #expect(settings.contains("benchmark_filename: [train, valid, test]\n"))
    #expect(settings.contains("  inter: [session_id, item_id, timestamp]\n") && !settings.contains("item_id_list"))
  }

  @Test(arguments: [1, 3, 50])
  func `with a history each song but the first has the songs before it`(history: Int) throws {
    _ = try SplitExport(split, of: data.dataset).writeRecBole(name: "our", history: history, to: folder.path)
    let (header, rows) = try rows("our.test.inter")
    #expect(header == ["session_id:token", "item_id_list:token_seq", "item_id:token", "timestamp:float"])
    let wanted = expected(split.test).flatMap { list in
      (1..<list.ids.count).map { position in
        [list.pid, list.ids[..<position].suffix(history).joined(separator: " "), list.ids[position], "\(position)"]
      }
    }
    #expect(rows == wanted)
    #expect(try folder.text("our.yaml").contains("alias_of_item_id: [item_id_list]\n"))
  }

  @Test func `ids with tabs are quoted, ids with spaces refuse a history, and an empty part has no file`() throws {
    let songs = SongTable(
      ids: ["a b", "c\td"], names: ["", ""], artists: ["x", "y"],
      features: [Float](repeating: .nan, count: 2 * AudioFeature.count))
    let dataset = Dataset(folder: "data", songs: songs, playlists: [Playlist(pid: "1", songs: [0, 1, 0])])
    let export = SplitExport(Split(training: [0], validation: [], test: []), of: dataset)
    #expect(try export.writeGRU4Rec(to: folder.path) == ["train.tsv"])
    #expect(try folder.text("train.tsv") == "SessionId\tItemId\tTime\n1\ta b\t1\n1\t\"c\td\"\t2\n1\ta b\t3\n")
    #expect(throws: InputError.self) { try export.writeRecBole(name: "x", history: 2, to: folder.path) }
    #expect(try export.writeRecBole(name: "x", history: 0, to: folder.path) == ["x.train.inter", "x.item", "x.yaml"])
  }

  @Test func `the exported split is the one that evaluation uses`() throws {
    let data = try SmallModel()
    let split = try data.model.split(of: data.dataset)
    #expect(split.training == Array(0..<6) && split.validation == Array(6..<9) && split.test == Array(9..<12))
    let test = try EvaluationInput(model: data.model, dataset: data.dataset, part: .test)
    #expect(test.evaluated.map(\.pid) == split.test.map { data.dataset.playlists[$0].pid })
    #expect(throws: InputError.self) { try self.data.model.split(of: self.data.dataset) }
  }
}
