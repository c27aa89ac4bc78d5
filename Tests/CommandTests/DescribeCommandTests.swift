import Foundation
import TestSupport
import Testing

/// `segue describe` on a folder of three playlists and four songs.
@Suite struct DescribeCommandTests {
  private let folder: ScratchFolder
  private var data: String { folder.file("small") }

  init() throws {
    folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    try folder.write(
      """
      track_id,track_name,artist_name,acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,\
      loudness,mode,speechiness,tempo,time_signature,valence,feature_source
      a,One | two,Ann_,0.1,0.2,100000,0.1,0,0,0.1,-10,1,0.1,100,4,0.5,own
      b,ONE | two,Ann_,0.2,0.2,200000,0.2,0,0,0.1,-20,1,0.1,0,4,0.5,own
      c,Three,Bob,0.3,0.2,300000,0.3,0,5,0.1,-30,0,0.1,120,,0.5,web
      d,Four,Bob,,,,,,,,,,,,,,

      """, to: "small/tracks.csv")
    try folder.write(
      "pid,pos,track_id\n1,0,a\n1,1,b\n1,2,a\n2,0,b\n2,1,a\n3,0,c\n3,1,d\n4,0,a\n", to: "small/playlists.csv")
  }

  private func describe(_ arguments: String...) throws -> Program.Result {
    try Program.run(["describe", data] + arguments)
  }

  @Test func `a person reads a summary no wider than 80 columns`() throws {
    let result = try describe()
    #expect(result.status == 0 && result.errors.isEmpty)
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[0].hasPrefix("small, fingerprint "))
    let expected = """

      playlists   3
      rows        7
      songs       4, 2 artists
      left out    playlists of fewer than two songs: 1
      lengths     2 to 3 songs: median 2, middle half 2 to 2.5, mean 2.3
      features    85.7 % of the rows, 75.0 % of the songs
      all 13      71.4 % of the rows, 50.0 % of the songs
      duplicates  playlists with a song more than once: 1 (rows too many: 1)
                  playlists with the same songs as another: 2 (sets: 1)
                  near-identical playlists (Jaccard ≥ 0.5): 2 (pairs: 1)
                  songs with title and artist of another id: 2 (titles: 1)
                  songs in no playlist: 0

      feature           missing  unusual  least   25 %  median   75 %  largest
      acousticness            1        0  0.100  0.150   0.200  0.250    0.300
      danceability            1        0  0.200  0.200   0.200  0.200    0.200
      duration_ms             1        0   1:40   2:30    3:20   4:10     5:00
      energy                  1        0  0.100  0.150   0.200  0.250    0.300
      instrumentalness        1        0  0.000  0.000   0.000  0.000    0.000
      liveness                1        0  0.100  0.100   0.100  0.100    0.100
      loudness                1        0  -30.0  -25.0   -20.0  -15.0    -10.0
      speechiness             1        0  0.100  0.100   0.100  0.100    0.100
      tempo                   1        1    0.0   50.0   100.0  110.0    120.0
      valence                 1        0  0.500  0.500   0.500  0.500    0.500
      key                     1
      mode                    1
      time_signature          2

      source  songs   share  rows   share
      own         2  50.0 %     5  71.4 %
      web         1  25.0 %     1  14.3 %

      playlists  songs   share
              1      2  50.0 %
              2      2  50.0 %

      playlists  most common songs  artist
              2  One | two          Ann_
              2  ONE | two          Ann_
              1  Three              Bob
              1  Four               Bob

      playlists  songs  most common artists
              2      2  Ann_
              1      2  Bob

      """
    #expect(lines.dropFirst().joined(separator: "\n") == expected)
  }

  @Test func `JSON has the same figures under snake-case names`() throws {
    struct Answer: Decodable {
      struct Counts: Decodable { var playlists, skippedPlaylists, rows, songs, artists: Int }
      struct Duplicates: Decodable { var identicalPlaylists, nearIdenticalPairs, sameTitleIds: Int }
      struct Song: Decodable { var trackId: String }
      var dataset, fingerprint, version: String
      var synthetic: Bool
      var counts: Counts
      var duplicates: Duplicates
      var commonSongs: [Song]
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let answer = try decoder.decode(Answer.self, from: Data(try describe("--json").output.utf8))
    #expect(answer.dataset == "small" && !answer.synthetic && answer.counts.skippedPlaylists == 1)
    #expect(answer.counts.rows == 7 && answer.duplicates.identicalPlaylists == 2)
    #expect(answer.commonSongs.map(\.trackId) == ["a", "b", "c", "d"])
  }

  @Test func `the page has pictures, and with no titles wanted no song, artist or id`() throws {
    let report = folder.file("report")
    #expect(try describe("--report", report).status == 0)
    let names = ["describe.json", "describe.md", "features.svg", "lengths.svg", "popularity.svg"]
    #expect(try folder.names(in: "report") == names)
    let page = try folder.text("report/describe.md")
    #expect(page.contains("| One \\| two | Ann\\_ | a | 2 |"))
    for picture in names.filter({ $0.hasSuffix("svg") }) { #expect(page.contains("(\(picture))"), "\(picture)") }
    #expect(page.contains("| loudness | 1 | 0 | -60 to 0 | -30.0 |"))

    let result = try describe("--report", folder.file("figures"), "--no-titles")
    let texts = [result.output] + (try names.map { try folder.text("figures/\($0)") })
    for text in texts { #expect(!text.contains("Ann") && !text.contains("Three") && !text.contains("Bob")) }
  }

  @Test func `a folder that is no dataset is bad input, a report that cannot be written an output error`() throws {
    #expect(try Program.run(["describe", folder.file("nowhere")]).status == 65)
    try folder.write("", to: "file")
    #expect(try describe("--report", folder.file("file/report")).status == 73)
  }

  @Test(.enabled(if: SharedFolder.hasPlaylists, "no real playlists beside the checkout"))
  func `the real playlists are counted as their notes say`() throws {
    let result = try Program.run(["describe", SharedFolder.path + "/data/mpd", "--no-titles"])
    #expect(result.status == 0)
    for text in ["playlists   3,615", "rows        314,420", "songs       31,172", "20 to 238 songs", "mean 87.0"] {
      #expect(result.output.contains(text), "\(text)")
    }
  }

  @Test func `a length beyond all numbers is told and does not end the program`() throws {
    let tracks = try folder.text("small/tracks.csv").replacing("300000", with: "3e38")
    try folder.write(tracks, to: "small/tracks.csv")
    let result = try describe()
    #expect(result.status == 0, "\(result.errors)")
  }
}
