import Foundation
import Music
import TestSupport
import Testing

/// `segue train --cold-songs` and what `segue evaluate` makes of it.
@Suite struct ColdSongCommandTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// 30 songs in 12 playlists; the songs of `changed` have other numbers.
  private func dataset(_ name: String, changed: Set<Int32>) throws -> String {
    try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
    var tracks =
      "track_id,track_name,artist_name,acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,"
      + "loudness,mode,speechiness,tempo,time_signature,valence\n"
    for song in 0..<30 {
      tracks += "t\(song),Song,Artist \(song % 4),"
      tracks +=
        changed.contains(Int32(song))
        ? "0.99,0.99,900000,0.99,0.9,11,0.9,-60,0,0.9,220,3,0.9\n"
        : "0.\(10 + song),0.4,\(150_000 + song * 1000),0.5,0.1,\(song % 12),0.2,-\(song),1,0.3,\(90 + song),4,0.6\n"
    }
    try folder.write(tracks, to: "\(name)/tracks.csv")
    let rows = (0..<12).flatMap { pid in (0..<9).map { "\(pid),\($0),t\((pid * 7 + $0 * 4) % 30)\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "\(name)/playlists.csv")
    return folder.file(name)
  }

  private func train(_ data: String, _ model: String, objective: String = "continuation") throws {
    let result = try Program.run([
      "train", data, "--out", folder.file(model), "--epochs", "2", "--hidden", "8", "--device", "cpu", "--split",
      "6,3,3", "--cold-songs", "0.3", "--objective", objective,
    ])
    try #require(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("9 songs kept out of training and validation (--cold-songs)"))
  }

  // A model that ranks its catalogue is told of all its songs, and so that nobody plays these.
  @Test func `what the songs kept out sound like changes nothing in the 29-number model`() throws {
    let cold = ColdSongs.draw(share: 0.3, of: 30, seed: 1)
    try train(dataset("plain", changed: []), "first", objective: "dissertation")
    try train(dataset("changed", changed: cold), "second", objective: "dissertation")
    #expect(try folder.bytes("first/model.safetensors") == folder.bytes("second/model.safetensors"))
    let warm = try #require((0..<30).first { !cold.contains($0) })
    try train(dataset("warm", changed: [warm]), "third", objective: "dissertation")
    #expect(try folder.bytes("first/model.safetensors") != folder.bytes("third/model.safetensors"))
  }

  @Test func `evaluate judges them apart, in the table, the JSON and the report`() throws {
    let data = try dataset("data", changed: [])
    try train(data, "model")
    let base = ["evaluate", folder.file("model"), data, "--seeds", "3"]
    let result = try Program.run(base + ["--report", folder.file("report"), "--json"])
    try #require(result.status == 0, "\(result.errors)")
    struct Figure: Decodable { var mean: Double? }
    struct Report: Decodable {
      struct Cold: Decodable {
        var songs, playlists, skipped: Int
        var methods, paired, methods_alone, paired_alone: [String: [String: Figure]]
      }
      var cold: Cold
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
    #expect(report.cold.songs == 9 && report.cold.playlists + report.cold.skipped == 3)
    #expect(report.cold.methods["content-knn"]?["mrr"]?.mean ?? 0 > 0 && report.cold.paired.count == 14 * 13 / 2)
    for (method, figures) in report.cold.methods {
      let alone = try #require(report.cold.methods_alone[method]?["mrr"]?.mean)
      #expect(alone >= figures["mrr"]?.mean ?? 2, "\(method): fewer songs stand before the first right one")
    }
    let page = try folder.text("report/evaluation.md")
    #expect(page.contains("## Songs that training never saw, K = 3") && page.contains("30.00 % of the songs kept out"))
    let table = try Program.run(base)
    #expect(table.output.contains("ranked among themselves") && page.contains("ranked among themselves"))
    #expect(table.output.contains("only songs that training never saw are right (9 of the catalogue's)"))
    #expect(try Program.run(["train", data, "--out", folder.file("x"), "--cold-songs", "1"]).status == 64)
  }
}
