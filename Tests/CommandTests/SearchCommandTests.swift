import FoundationEssentials
import TestSupport
import Testing

/// `segue search` on a model of four songs.
@Suite struct SearchCommandTests {
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder()
    let names = ["acousticness", "danceability", "duration_ms", "energy", "instrumentalness", "key", "liveness"]
    let more = ["loudness", "mode", "speechiness", "tempo", "time_signature", "valence"]
    var tracks = "track_id,track_name,artist_name,\((names + more).joined(separator: ",")),album_name\n"
    for (id, song) in ["Halo,Beyoncé", "Hello,Adele", "Hallelujah,Jeff Buckley", "Rolling,Adele"].enumerated() {
      tracks += "t\(id),\(song),0.\(id),0.4,200000,0.5,0.1,\(id),0.2,-\(id + 3),1,0.3,100,4,0.6,Album \(id)\n"
    }
    try folder.write(tracks, to: "tracks.csv")
    let rows = (0..<8).flatMap { pid in (0..<4).map { "\(pid),\($0),t\((pid + $0) % 4)\n" } }
    try folder.write("pid,pos,track_id\n" + rows.joined(), to: "playlists.csv")
    let result = try Program.run([
      "train", folder.path, "--out", folder.file("model"), "--objective", "dissertation", "--epochs", "1", "--hidden",
      "8", "--device", "cpu", "--split", "4,2,2",
    ])
    try #require(result.status == 0, "\(result.errors)")
  }

  private struct Answer: Decodable {
    struct Song: Decodable {
      var trackId, trackName, artistName, albumName: String
    }
    var songs: [Song]
    var total: Int
    var hasAllWords: Bool
  }

  private func search(_ arguments: String...) throws -> Answer {
    let result = try Program.run(["search", folder.file("model"), "--json"] + arguments)
    try #require(result.status == 0, "\(result.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Answer.self, from: Data(result.output.utf8))
  }

  @Test func `search prints what it found as a table and as JSON`() throws {
    let found = try search("beyonce", "hal")
    #expect(found.songs.map(\.trackId) == ["t0"] && found.total == 1 && found.hasAllWords)
    #expect(found.songs[0].albumName == "Album 0" && found.songs[0].artistName == "Beyoncé")
    #expect(try search("adele", "--limit", "1").songs.count == 1)
    #expect(try search("adele").total == 2)
    #expect(try search("adele rolling zzzz").hasAllWords == false)
    #expect(try search("adele", "--offset", "2").songs.isEmpty)
    let table = try Program.run(["search", folder.file("model"), "hallelujah"])
    #expect(table.status == 0 && table.output.contains("1  Hallelujah  Jeff Buckley  t2"), "\(table.output)")
    let nothing = try Program.run(["search", folder.file("model"), "zzzz"])
    #expect(nothing.status == 0 && nothing.output.isEmpty && nothing.errors.contains("no song found"))
  }

  @Test func `a limit of nothing and a folder that is no model are refused`() throws {
    #expect(try Program.run(["search", folder.file("model"), "halo", "--limit", "0"]).status == 64)
    #expect(try Program.run(["search", folder.path, "halo"]).status == 65)
  }
}
