import Files
import Music
import TestSupport
import Testing

struct DatasetTests {
  func load(_ tracks: String, _ playlists: String, maxPlaylists: Int? = nil) throws -> Dataset {
    let folder = try ScratchFolder()
    try folder.write(tracks, to: "tracks.csv")
    try folder.write(playlists, to: "playlists.csv")
    return try Dataset.load(folder: folder.path, maxPlaylists: maxPlaylists)
  }

  @Test("playlists, songs, titles and optional columns are read, columns found by name")
  func whole() throws {
    let folder = try ScratchFolder()
    var lines = tracks(3).split(separator: "\n").map(String.init)
    lines[0] += ",feature_match,album_name"
    for index in 1...3 { lines[index] += ",id,\"Album, \(index)\"" }
    try folder.write(gzip(lines.joined(separator: "\r\n")), to: "tracks.csv.gz")
    try folder.write("track_id,extra,pos,pid\na,x,0,p\nb,y,1,p\na,z,7,p\nc,,0,q\nc,,1,q\n", to: "playlists.csv")
    try folder.write("pid,name,num_followers\np,\"Rainy, slow\",3\nq,,1\n", to: "playlist_meta.csv")
    let dataset = try Dataset.load(folder: folder.path)
    #expect(dataset.playlists == [Playlist(pid: "p", songs: [0, 1, 0]), Playlist(pid: "q", songs: [2, 2])])
    #expect(dataset.songs.ids == ["a", "b", "c"] && dataset.songs.names[1] == "Song 1")
    #expect(dataset.songs.feature(.tempo, of: 2) == 102 && dataset.songs.feature(.key, of: 1) == 1)
    #expect(dataset.songs.extras == ["album_name": ["Album, 1", "Album, 2", "Album, 3"]])
    #expect(dataset.playlistNames == ["p": "Rainy, slow"])
    #expect(dataset.longestPlaylist == 3 && dataset.rowCount == 5)
  }

  @Test("pids are in numeric order when all are whole numbers, else in the file's order")
  func order() throws {
    let numeric = try load(tracks(2), "pid,pos,track_id\n10,0,a\n10,1,b\n9,0,b\n9,1,a\n-1,0,a\n-1,1,a\n")
    #expect(numeric.playlists.map(\.pid) == ["-1", "9", "10"])
    let mixed = try load(tracks(2), "pid,pos,track_id\n10,0,a\n10,1,b\n9x,0,b\n9x,1,a\n1,0,a\n1,1,a\n")
    #expect(mixed.playlists.map(\.pid) == ["10", "9x", "1"])
  }

  @Test("empty and one-song playlists are skipped and counted, further ones than wanted are counted too")
  func short() throws {
    let text = "pid,pos,track_id\n3,0,a\n2,,\n1,0,a\n1,1,b\n\n0,0,b\n0,5,b\n"
    let all = try load(tracks(2), text)
    #expect(all.playlists.map(\.pid) == ["0", "1"] && all.skippedPlaylists == 2 && all.omittedPlaylists == 0)
    let one = try load(tracks(2), text, maxPlaylists: 1)
    #expect(one.playlists.map(\.pid) == ["0"] && one.omittedPlaylists == 1)
  }

  @Test("an empty feature is missing, 4.0 is a whole number, key -1 is no key, far values are kept")
  func features() throws {
    let dataset = try load(
      tracksHeader + "\na,A,X,,0.2,9e9,0.3,0,-1,0.5,-600,1.0,7,100,4.0,0.7\nb,B,X,,,,,,,,,,,,,\n",
      "pid,pos,track_id\np,0,a\np,1,b\n")
    let songs = dataset.songs
    #expect(songs.feature(.acousticness, of: 0).isNaN && songs.feature(.key, of: 0).isNaN)
    #expect(songs.feature(.timeSignature, of: 0) == 4 && songs.feature(.loudness, of: 0) == -600)
    #expect(AudioFeature.allCases.allSatisfy { songs.feature($0, of: 1).isNaN })
  }

  @Test(
    "bad songs are errors that name file, line and remedy",
    arguments: [
      ("a,A,X,0.1,0.2,2,0.3,0,12,0.5,-6,1,0.6,100,4,0.7", 2, "key is 12"),
      ("a,A,X,0.1,0.2,2,0.3,0,-2,0.5,-6,1,0.6,100,4,0.7", 2, "key is -2"),
      ("a,A,X,0.1,0.2,2,0.3,0,1.5,0.5,-6,1,0.6,100,4,0.7", 2, "key is 1.5"),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-6,2,0.6,100,4,0.7", 2, "mode is 2"),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-6,1,0.6,100,2,0.7", 2, "time_signature is 2"),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-6,1,0.6,nan,4,0.7", 2, "tempo is \"nan\""),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-inf,1,0.6,100,4,0.7", 2, "loudness is \"-inf\""),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-6,1,0.6,1e300,4,0.7", 2, "tempo is \"1e300\", which is out of range"),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-6,1,0.6,0x10,4,0.7", 2, "tempo is \"0x10\", which is not a number"),
      ("a,A,X,0.1,0.2,2,high,0,1,0.5,-6,1,0.6,100,4,0.7", 2, "energy is \"high\""),
      (",A,X,0.1,0.2,2,0.3,0,1,0.5,-6,1,0.6,100,4,0.7", 2, "no track_id"),
      ("a,A,X,0.1,0.2,2,0.3,0,1,0.5,-6,1,0.6,100,4", 2, "15 fields"),
      ("a,A,X,,,,,,,,,,,,,\n\na,A,X,,,,,,,,,,,,,", 4, "already in line 2"),
      ("", nil, "no songs"),
    ])
  func badSongs(row: String, line: Int?, reason: String) throws {
    let error = #expect(throws: InputError.self) {
      try load("\(tracksHeader)\n\(row)\n", "pid,pos,track_id\np,0,a\np,1,a\n")
    }
    #expect(error?.line == line)
    #expect(error?.path.hasSuffix("tracks.csv") == true && error?.remedy.isEmpty == false)
    #expect(error?.reason.contains(reason) == true)
  }

  @Test(
    "bad playlists are errors that name file, line and remedy",
    arguments: [
      ("p,0,a\np,1,z\n", 3, "unknown track z"),
      ("p,0,a\np,0,b\n", 3, "position 0 twice"),
      ("p,1,a\np,0,b\n", 3, "position 0 after 1"),
      ("p,0,a\np,1,b\nq,0,a\nq,1,a\np,2,a\n", 6, "goes on here but began in line 2"),
      ("p,0,a\np,,b\n", 3, "pos is missing"),
      ("p,-1,a\n", 2, "pos is -1"),
      ("p,0,a\np,1e20,b\n", 3, "pos is 1e20, which is out of range"),
      ("p,0,a\np,1,b\n\"a\nb\",0,a\n", 4, "the pid a␤b has a line break"),
      ("a\u{2028}b,0,a\n", 2, "the pid a␤b has a line break"),
      ("a\u{2029}b,0,a\n", 2, "has a line break"),
      ("a\u{85}b,0,a\n", 2, "has a line break"),
      ("p,x,a\n", 2, "pos is \"x\""),
      ("p,0.5,a\n", 2, "not a whole number"),
      ("p,0,\n", 2, "no track_id"),
      (",0,a\n", 2, "no pid"),
      ("p,,\np,0,a\n", 3, "given as empty"),
      ("p,0,a\nq,0,a\n", nil, "no playlist of two songs"),
      ("", nil, "no playlist of two songs"),
    ])
  func badPlaylists(rows: String, line: Int?, reason: String) throws {
    let error = #expect(throws: InputError.self) { try load(tracks(2), "pid,pos,track_id\n" + rows) }
    #expect(error?.line == line)
    #expect(error?.path.hasSuffix("playlists.csv") == true && error?.remedy.isEmpty == false)
    #expect(error?.remedy.contains("empty where") == false)
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test("a missing column is named, with the file and the columns there are")
  func missingColumns() throws {
    let songs = #expect(throws: InputError.self) {
      try load(tracks(1).replacing("time_signature", with: "meter"), "pid,pos,track_id\np,0,a\n")
    }
    #expect(songs?.reason == "there is no column time_signature" && songs?.line == 1)
    let playlists = #expect(throws: InputError.self) { try load(tracks(1), "pid,track_id\np,a\n") }
    #expect(playlists?.reason == "there is no column pos" && playlists?.remedy.contains("pid, track_id") == true)
    let twice = #expect(throws: InputError.self) { try load(tracks(1), "pid,pid,pos,track_id\np,p,0,a\n") }
    #expect(twice?.reason == "two columns are called pid")
  }

  @Test("a missing folder, a missing file and two files of one name are explained")
  func missingFiles() throws {
    let folder = try ScratchFolder()
    #expect(
      #expect(throws: InputError.self) { try Dataset.load(folder: folder.path + "/no") }?.reason
        == "there is no such folder")
    try folder.write(tracks(2), to: "tracks.csv")
    #expect(
      #expect(throws: InputError.self) { try Dataset.load(folder: folder.path) }?.reason.contains("playlists.csv.gz")
        == true)
    try folder.write(gzip(tracks(2)), to: "tracks.csv.gz")
    #expect(#expect(throws: InputError.self) { try Dataset.load(folder: folder.path) }?.reason.contains("both") == true)
  }

  @Test("a closed playlist file may name unknown songs, which stay apart from each other")
  func closedPlaylists() throws {
    let folder = try ScratchFolder()
    let songs = try SongTable(csv: folder.write(tracks(2), to: "tracks.csv"))
    let path = try folder.write(
      gzip("pid,pos,track_id\n1,0,a\n1,1,y\n1,2,z\n1,3,y\n2,0,z\n2,1,b\n3,0,q\n"), to: "h.csv.gz")
    let file = try PlaylistFile.load(path, songs: songs)
    #expect(file.playlists == [Playlist(pid: "1", songs: [0, -1, -2, -1]), Playlist(pid: "2", songs: [-2, 1])])
    #expect(file.unknownTracks == ["y", "z", "q"])
    #expect(file.unknownRowCount == 5 && file.rowCount == 7 && file.skippedCount == 1)
  }
}
