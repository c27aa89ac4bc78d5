import Files
import Formats
import Foundation
import Music
import Sequences
import TestSupport
import Testing

struct MillionPlaylistTests {
  let folder: ScratchFolder
  var out: String { folder.path + "/out" }

  init() throws { folder = try ScratchFolder() }

  /// One playlist as a slice writes it.
  func playlist(_ pid: Int, _ tracks: [String]) -> String {
    let list = tracks.enumerated().map { position, id in
      """
      {"pos": \(position), "artist_name": "Artist, \\"\(id)\\"", "track_uri": "spotify:track:\(id)",
        "artist_uri": "spotify:artist:A\(id)", "track_name": "Name \\" ] } \\\\", "album_uri": "spotify:album:x",
        "duration_ms": 1000, "album_name": "Album"}
      """
    }
    return """
      {"name": "Mix [\(pid)]", "collaborative": "false", "pid": \(pid), "modified_at": 1, "num_tracks": \(tracks.count),
       "num_followers": 7, "num_edits": 2, "tracks": [\(list.joined(separator: ", "))]}
      """
  }

  func slice(_ playlists: String...) -> String {
    "{\"info\": {\"slice\": \"0-1\", \"x\": [\"}\"]},\n\"playlists\": [\n\(playlists.joined(separator: ",\n"))\n]\n}\n"
  }

  @discardableResult
  func run(
    _ sources: [String], features: [String] = [], dropsMissing: Bool = false, isStrict: Bool = false
  ) throws -> ImportReport {
    try PlaylistImport(sources: sources, featureFiles: features, dropsMissing: dropsMissing, isStrict: isStrict)
      .run(to: out)
  }

  @Test("slices become a dataset folder, joined with the features that are there")
  func whole() throws {
    let first = try folder.write(slice(playlist(3, ["a", "z", "a"]), playlist(1, ["b", "y"])), to: "one.json")
    let second = try folder.write(gzip(slice(playlist(2, ["c", "a"]))), to: "two.json")
    let features = try folder.write(tracks(3), to: "f.csv")
    let report = try run([first, second], features: [features])
    #expect(report.files == 2 && report.playlists == 3 && report.rows == 7 && report.rowsWithFeatures == 5)
    #expect(report.songs == 5 && report.songsWithFeatures == 3 && report.writtenSongs == 5)

    let dataset = try Dataset.load(folder: out)
    #expect(dataset.playlists.map(\.pid) == ["1", "2", "3"])
    #expect(dataset.songs.ids == ["a", "z", "b", "y", "c"])
    #expect(dataset.playlists[2].songs == [0, 1, 0])
    #expect(dataset.songs.names[0] == "Name \" ] } \\" && dataset.songs.artists[1] == "Artist, \"z\"")
    #expect(dataset.songs.feature(.tempo, of: 4) == 102 && dataset.songs.feature(.tempo, of: 1).isNaN)
    #expect(dataset.songs.extras["feature_source"] == ["f.csv", "", "f.csv", "", "f.csv"])
    #expect(dataset.songs.extras["artist_id"]?.first == "Aa")
    #expect(dataset.playlistNames["2"] == "Mix [2]")
    #expect(try folder.text("out/playlist_meta.csv").contains("\n3,Mix [3],7,2,3,1,false,0.6666667,3\n"))
  }

  @Test("songs without features can be dropped, and playlists that are too short then are skipped")
  func dropMissing() throws {
    let source = try folder.write(slice(playlist(0, ["a", "z", "b"]), playlist(1, ["a", "y"])), to: "s.json")
    let features = try folder.write(tracks(2).replacing("track_id", with: "id"), to: "f.csv")
    let report = try run([source], features: [features], dropsMissing: true)
    #expect(report.playlists == 1 && report.skippedPlaylists == 1 && report.droppedRows == 2)
    #expect(report.writtenRows == 2 && report.writtenSongs == 2 && report.rows == 5)
    #expect(try folder.text("out/playlists.csv") == "pid,pos,track_id\n0,0,a\n0,2,b\n")
  }

  @Test("a folder stands for its slices in the order of their numbers")
  func folderOfSlices() throws {
    try folder.write(slice(playlist(1000, ["b", "a"])), to: "mpd.slice.1000-1999.json")
    try folder.write(gzip(slice(playlist(5, ["c", "a"]))), to: "mpd.slice.0-999.json.gz")
    try folder.write("no slice", to: "README.txt")
    #expect(try run([folder.path]).files == 2)
    #expect(try folder.text("out/playlists.csv") == "pid,pos,track_id\n5,0,c\n5,1,a\n1000,0,b\n1000,1,a\n")
  }

  @Test("each value is the first feature file's that has it; the same file's other numbers are told")
  func featureOrder() throws {
    let source = try folder.write(slice(playlist(0, ["a", "b"])), to: "s.json")
    let first = try folder.write(
      "\(tracksHeader)\na,A,X,,,,,,1,,,1,,,4,\nb,A,X,,,,,,,,,,,90,,\nb,A,X,,,,,,,,,,,91,,\n", to: "1.csv")
    let second = try folder.write(gzip(tracks(2)), to: "2.csv.gz")
    let report = try run([source], features: [first, second])
    #expect(report.songsWithFeatures == 2 && report.repeatedFeatureRows == 1)
    let songs = try Dataset.load(folder: out).songs
    #expect(songs.feature(.tempo, of: 0) == 100 && songs.feature(.tempo, of: 1) == 90)
    #expect(songs.feature(.key, of: 0) == 1 && songs.feature(.energy, of: 1) == 0.3)
    #expect(
      songs.extras["feature_source"] == [
        "1.csv; 2.csv.gz (acousticness danceability duration_ms energy instrumentalness liveness loudness speechiness "
          + "tempo valence)",
        "1.csv; 2.csv.gz (acousticness danceability duration_ms energy instrumentalness key liveness loudness mode "
          + "speechiness time_signature valence)",
      ])
  }

  @Test("local files are left out, and strictness refuses all that would be left out")
  func strict() throws {
    let local = playlist(0, ["a", "b", "x"]).replacing("spotify:track:x", with: "spotify:local:Me:Mine:Song:12")
    let withLocal = try folder.write(slice(local), to: "local.json")
    let short = try folder.write(slice(playlist(0, ["a"]), playlist(1, ["a", "b"])), to: "short.json")
    let unknown = try folder.write(slice(playlist(0, ["a", "b", "z"])), to: "unknown.json")
    let other = tracks(2).split(separator: "\n")[1].replacing(",100,", with: ",101,")
    let twice = try folder.write(tracks(2) + other + "\n", to: "twice.csv")
    let features = try folder.write(tracks(2), to: "f.csv")
    for (source, file, reason) in [
      (withLocal, features, "local file"), (short, features, "fewer than two"),
      (unknown, features, "track z of playlist 0"),
      (short, twice, "in the file twice"),
    ] {
      let error = #expect(throws: InputError.self) { try run([source], features: [file], isStrict: true) }
      #expect(error?.reason.contains(reason) == true)
      #expect(!FileManager.default.fileExists(atPath: out))
    }
    let report = try run([withLocal], features: [twice])
    #expect(report.localRows == 1 && report.writtenRows == 2 && report.repeatedFeatureRows == 1)
  }

  @Test(
    "foreign files are errors that name file and formats, and nothing is left behind",
    arguments: [
      ("", nil, "empty"), ("  \n", 1, "none of the formats"), ("[1]", 1, "none of the formats"), ("{}", 1, "none of"),
      ("pid,pos\n", 1, "none of the formats"), ("{\"info\": 3}", 1, "none of the formats"),
      ("{\"playlists\": 7}", 1, "playlists is not a list"), ("{\n\"playlists\": [1]}", 2, "not an object"),
      ("{\"playlists\": []}", nil, "no playlist in it"), ("{\"playlists\": [],}", 1, "name was expected"),
      ("{\"playlists\": [{]}]}", 1, "brackets do not match"),
      ("{\"playlists\": [\n{\"pid\": 1}\n]}", 2, "no tracks"),
      ("{\"playlists\": [\n{\"pid\": \"x\", \"tracks\": []}\n]}", 2, "no pid"),
      ("{\"playlists\": [{\"pid\": 1 2, \"tracks\": []}]}", 1, "no well-formed JSON"),
      ("{\"playlists\": [{\"pid\": 1,", 1, "ends in the middle"),
      ("{\"playlists\": [\n{\"pid\": \"\\\"", 2, "ends in the middle"),
      ("{\"playlists\": [] \n\n", 3, "ends in the middle"), ("{\"playlists\": []} x", 1, "follows the document"),
      ("{\"playlists\": [{\"pid\": 3.5, \"tracks\": []}]}", 1, "no pid"),
      ("{\"playlists\": [{\"pid\": 99999999999999999999, \"tracks\": []}]}", 1, "parsing a number"),
      ("{\"playlists\": [{\"pid\": 8, \"tracks\": 1}]}", 1, "a number for tracks"),
      ("{\"playlists\": [{\"pid\": 8, \"tracks\": [{\"pos\": 0}, 7]}]}", 1, "a track without track_uri"),
    ])
  func foreign(text: String, line: Int?, reason: String) throws {
    let path = try folder.write(text, to: "s.json")
    let error = #expect(throws: InputError.self) { try run([path]) }
    #expect(error?.path == path && error?.line == line, "\(error?.description ?? "")")
    #expect(error?.reason.contains(reason) == true, "\(error?.description ?? "")")
    #expect(try folder.names() == ["s.json"])
  }

  @Test("an output folder that cannot be made is named as it was given")
  func unwritable() throws {
    let source = try folder.write(slice(playlist(0, ["a", "b"])), to: "s.json")
    let out = folder.file("absent/out")
    let error = #expect(throws: OutputError.self) { try PlaylistImport(sources: [source]).run(to: out) }
    #expect(error?.description.hasPrefix("\(out): cannot be written (mkdir: No such file or directory)") == true)
  }

  @Test("a slice cut at any byte is told, and gives the playlists before the cut")
  func cut() throws {
    let whole = slice(playlist(0, ["a", "b"]), playlist(1, ["b", "c"]))
    let bytes = Array(whole.utf8)
    let first = whole.utf8.distance(from: whole.startIndex, to: whole.firstRange(of: "}]}")!.upperBound)
    for count in stride(from: 60, to: bytes.count - 2, by: 7) {
      let path = try folder.write(Array(bytes[..<count]), to: "s.json")
      if count < first {
        let error = #expect(throws: InputError.self) { try run([path]) }
        #expect(error?.path == path && error?.reason == "the JSON ends in the middle")
      } else {
        let imported = try Imported([path])
        #expect(imported.pids.first == "0")
        #expect(imported.report.faults == ["files that cannot be read to their end": 1])
      }
    }
    #expect(try folder.names() == ["s.json"])
  }

  @Test("objects of any length are found across the pieces that are read at a time")
  func pieces() throws {
    // Titles with brackets, quotes and line breaks, so that pieces end everywhere; some playlists longer than a piece.
    var random = Philox(seed: 5, purpose: .testData)
    var expected: [[String]] = []
    let playlists = (0..<40).map { pid -> String in
      let tracks = (0..<(pid % 10 == 3 ? 9000 : 2 + random.below(600))).map { "s\($0)x\(pid)" }
      expected.append(tracks)
      return playlist(pid, tracks).replacing("Mix", with: "Mix \\\" ]}{[ \\\\ \n".replacing("\n", with: "\\n"))
    }
    let path = try folder.write(slices(playlists), to: "s.json")
    let imported = try Imported([path])
    #expect(imported.ids == expected && imported.report.faults.isEmpty)
  }

  private func slices(_ playlists: [String]) -> String {
    "{\"info\": {\"slice\": \"0-1\", \"x\": [\"}\"]},\n\"playlists\": [\n\(playlists.joined(separator: ",\n"))\n]\n}\n"
  }

  @Test("positions out of order are told, and the songs put in order")
  func positions() throws {
    let position = playlist(0, ["a", "b", "c"]).replacing("\"pos\": 1", with: "\"pos\": 0")
    let twice = try folder.write(slice(position), to: "t.json")
    let imported = try Imported([twice])
    #expect(imported.ids == [["a", "b", "c"]] && imported.report.faults == ["positions out of order": 1])
    #expect(try imported.playlistsText == "pid,pos,track_id\n0,0,a\n0,1,b\n0,2,c\n")
    #expect(imported.faults.contains { $0.contains("playlist 0 has position 0 twice") })
    #expect(throws: InputError.self) { try run([twice], isStrict: true) }
  }

  @Test("changed bytes give an error or a dataset, never a crash")
  func changed() throws {
    let bytes = Array(slice(playlist(0, ["a", "b"]), playlist(1, ["b", "c"])).utf8)
    let alphabet = Array("{}[]\",:\\ 1u\u{0}".utf8)
    var random = Philox(seed: 2, purpose: .testData)
    for round in 0..<120 {
      var changed = bytes
      for _ in 0...random.below(4) {
        let place = random.below(changed.count)
        switch random.below(3) {
        case 0: changed[place] = alphabet[random.below(alphabet.count)]
        case 1: changed.remove(at: place)
        default: changed.insert(UInt8(random.below(256)), at: place)
        }
      }
      let path = try folder.write(changed, to: "s.json")
      do {
        _ = try PlaylistImport(sources: [path]).run(to: "\(out)\(round)")
      } catch let error as InputError {
        #expect(!error.reason.isEmpty)
      }
    }
  }

  @Test("an output folder with something in it is refused before any work, an empty one is filled")
  func outputFolder() throws {
    let source = try folder.write(slice(playlist(0, ["a", "b"])), to: "s.json")
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false)
    try run([source])
    #expect(try Dataset.load(folder: out).playlists.count == 1)
    let error = #expect(throws: OutputError.self) { try run(["/absent"]) }
    #expect(error?.description.contains("not empty") == true)
    #expect(throws: OutputError.self) { try PlaylistImport(sources: [source]).run(to: source + "/out") }
  }

  @Test("what a killed import left behind is removed by the next")
  func leftovers() throws {
    let source = try folder.write(slice(playlist(0, ["a", "b"])), to: "s.json")
    for owner in ["999999999", String(getpid())] {
      let left = "\(out).\(owner).tmp/deeper"
      try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
    }
    try FileManager.default.createDirectory(atPath: out + ".mine.tmp", withIntermediateDirectories: true)
    try FileManager.default.removeItem(atPath: "\(out).\(getpid()).tmp")
    try run([source])
    #expect(try folder.names() == ["out", "out.mine.tmp", "s.json"])
  }

  @Test("senseless requests are usage errors, missing sources input errors")
  func usage() throws {
    let source = try folder.write(slice(playlist(0, ["a", "b"])), to: "s.json")
    #expect(throws: UsageError.self) { try run([]) }
    #expect(throws: UsageError.self) { try run([source], dropsMissing: true) }
    #expect(throws: UsageError.self) { try run(["x"], features: ["f"], dropsMissing: true, isStrict: true) }
    #expect(throws: InputError.self) { try run([folder.path + "/absent.json"]) }
    #expect(throws: InputError.self) { try run([source], features: [source]) }
    try FileManager.default.createDirectory(atPath: folder.file("empty"), withIntermediateDirectories: false)
    #expect(#expect(throws: InputError.self) { try run([folder.file("empty")]) }?.reason == "the folder is empty")
  }
}
