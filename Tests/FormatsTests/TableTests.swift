import Files
import Formats
import Foundation
import Music
import TestSupport
import Testing

/// Tables of playlists and features in the shapes that people have them in.
@Suite struct TableTests {
  private let folder: ScratchFolder
  init() throws { folder = try ScratchFolder() }

  @Test func `TidyTuesday's wide table is playlists, titles and features at once`() throws {
    let table = try folder.write(
      """
      "track_id","track_name","track_artist","track_popularity","track_album_id","track_album_name",\
      "track_album_release_date","playlist_name","playlist_id","playlist_genre","playlist_subgenre","danceability",\
      "energy","key","loudness","mode","speechiness","acousticness","instrumentalness","liveness","valence","tempo",\
      "duration_ms"
      a,Song A,Artist,66,x,Album,2019-06-14,Pop Remix,P1,pop,dance pop,0.7,0.9,6,-2.6,1,0.06,0.1,0,0.07,0.5,122.0,194754
      b,Song B,Artist,67,x,Album,2019,"Pop, Remix",P1,pop,dance pop,0.6,0.8,11,-4.9,1,0.03,0.07,0.004,0.3,0.6,99.9,162600
      c,Song C,Other,60,x,Album,2012,Rock,P2,rock,album rock,0.5,0.7,1,-3.4,0,0.07,0.08,0,0.1,0.6,124.0,176616
      a,Song A,Artist,66,x,Album,2019-06-14,Rock,P2,rock,album rock,0.7,0.9,6,-2.6,1,0.06,0.1,0,0.07,0.5,122.0,194754
      """, to: "spotify_songs.csv")
    let imported = try Imported([table])
    #expect(imported.pids == ["P1", "P2"] && imported.ids == [["a", "b"], ["c", "a"]])
    let songs = imported.dataset.songs
    #expect(songs.feature(.tempo, of: 1) == 99.9 && songs.feature(.timeSignature, of: 1).isNaN)
    #expect(songs.extras["release_year"] == ["2019", "2019", "2012"] && songs.extras["popularity"]?.first == "66")
    #expect(songs.extras["feature_source"] == ["spotify_songs.csv", "spotify_songs.csv", "spotify_songs.csv"])
    #expect(
      try imported.metaText.hasPrefix("pid,name,playlist_genre,playlist_subgenre,coverage,kept\nP1,Pop Remix,pop,"))
    #expect(imported.report.faults.isEmpty && imported.report.songsWithFeatures == 3)
  }

  @Test func `Kaggle's table without ids finds its songs by title and artist in a file of features`() throws {
    let table = try folder.write(
      """
      "user_id", "artistname", "trackname", "playlistname"
      "u1","Elvis & Friends","Veronica","HARD ROCK 2010"
      "u1","The Sénators","What’s So Funny (Remastered 2011)","HARD ROCK 2010"
      "u2","Nobody","Unknown Song","HARD ROCK 2010"
      "u2","Elvis","veronica","HARD ROCK 2010"
      """.replacing("\", \"", with: "\",\""), to: "spotify_dataset.csv")
    let features = try folder.write(
      """
      id,name,artists,danceability,energy,key,tempo
      a,Veronica,Elvis,0.1,0.2,3,100
      b,What's So Funny,Senators,0.3,0.4,4,110
      z,Other,Other,0.5,0.6,5,120
      """, to: "features.csv")
    let imported = try Imported([table], features: [features])
    #expect(imported.pids == ["u1 / HARD ROCK 2010", "u2 / HARD ROCK 2010"])
    #expect(imported.ids == [["a", "b"], ["local:nobody:unknown-song", "a"]])
    let report = imported.report
    #expect(report.songsFoundByTitle == 2 && report.songsFoundInOtherVersion == 1 && report.songsWithoutID == 1)
    let rows = try imported.tracksText.split(separator: "\n")
    #expect(rows.contains { $0.hasPrefix("b,") && $0.hasSuffix(",features.csv,other version") })
    #expect(rows.contains { $0.hasPrefix("local:") && $0.hasSuffix(",,none") })
  }

  @Test func `Exportify's files are a playlist each, named by the file`() throws {
    let table = try folder.write(
      "\u{FEFF}\"Track URI\",\"Track Name\",\"Album Name\",\"Artist Name(s)\",\"Release Date\",\"Duration (ms)\","
        + "\"Popularity\",\"Explicit\",\"Added By\",\"Added At\",\"Genres\",\"Record Label\",\"Danceability\",\"Energy\","
        + "\"Key\",\"Loudness\",\"Mode\",\"Speechiness\",\"Acousticness\",\"Instrumentalness\",\"Liveness\",\"Valence\","
        + "\"Tempo\",\"Time Signature\"\r\n"
        + "\"spotify:track:a\",\"Say \"\"Hi\"\"\r\nthere\",\"Al\",\"X;Y\",\"2020-01-02\",200000,70,false,\"me\","
        + "\"2021-01-01T00:00:00Z\",\"indie,rock\",\"L\",0.5,0.6,7,-5.1,1,0.03,0.2,0,0.1,0.4,120.5,4\r\n"
        + "\"spotify:local:X:Al:Mine:200\",\"Mine\",\"Al\",\"X\",\"\",200000,0,false,\"me\",\"2021-01-02T00:00:00Z\",\"\","
        + "\"\",,,,,,,,,,,,\r\n"
        + "\"spotify:track:b\",\"B\",\"Al\",\"Y\",\"1999\",210000,60,false,\"me\",\"2020-01-01T00:00:00Z\",\"\",\"\","
        + "0.4,0.3,-1,-9,0,0.1,0.9,0.2,0.2,0.3,90,3\r\n", to: "road_trip.csv")
    let imported = try Imported([table])
    #expect(imported.pids == ["road_trip"] && imported.ids == [["a", "b"]])
    let songs = imported.dataset.songs
    #expect(songs.names == ["Say \"Hi\"\r\nthere", "B"] && songs.artists == ["X;Y", "Y"])
    #expect(songs.feature(.durationMilliseconds, of: 1) == 210_000 && songs.feature(.key, of: 1).isNaN)
    #expect(songs.extras["genre"] == ["indie,rock", ""] && songs.extras["release_year"] == ["2020", "1999"])
    #expect(imported.report.localRows == 1 && imported.report.faults.isEmpty)
  }

  @Test func `RecBole's and GRU4Rec's files are read in the order of their times, rows apart put together`() throws {
    let recbole = try folder.write(
      "session_id:token\titem_id:token\ttimestamp:float\ns1\ta\t3\ns2\tc\t1.0\ns1\tb\t1\ns2\ta\t2\ns1\t\"c\"\t2\n",
      to: "x/x.train.inter".replacing("/", with: "_"))
    #expect(try Imported([recbole]).ids == [["b", "\"c\"", "a"], ["c", "a"]])
    let gru4rec = try folder.write("SessionId\tItemId\tTime\n1\ta\t10\n1\tb\t11\n2\tb\t12\n2\tc\t13\n", to: "train.tsv")
    let imported = try Imported([gru4rec])
    #expect(imported.pids == ["1", "2"] && imported.ids == [["a", "b"], ["b", "c"]])
    let items = try folder.write(
      "item_id:token\tartist_name:token\tdanceability:float\tenergy:float\tkey:token\na\tX\t0.5\t0.6\t3\n", to: "x.item"
    )
    #expect(try Imported([gru4rec, items]).report.songsWithFeatures == 1)
  }

  @Test func `a dataset folder goes in and out again: the same rows, songs, titles and sources`() throws {
    let set = DemoSet.make(playlists: 12, songs: 60)
    try set.write(to: folder.file("set"), withSlices: true)
    let imported = try Imported([folder.file("set")])
    #expect(imported.dataset.playlists == set.playlists && imported.dataset.songs.ids == set.songs.ids)
    #expect(imported.dataset.songs.extras == set.songs.extras && imported.dataset.playlistNames == set.playlistNames)
    #expect(imported.dataset.songs.features.elementsEqual(set.songs.features) { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(imported.report.files == 3 && imported.report.faults.isEmpty)
    let fromSlices = try Imported([folder.file("set/slices")], features: [folder.file("set/tracks.csv")])
    #expect(try fromSlices.playlistsText == imported.playlistsText)
  }

  @Test func `columns in any order, semicolons, a position that reorders, an empty playlist`() throws {
    let table = try folder.write(
      "Artist Name;Position;Track ID;Playlist ID\r\nX;1;b;p\r\nX;0;a;p\r\n;;;empty\r\nX;5;c;q\r\nX;7;a;q\r\n",
      to: "t.txt")
    let imported = try Imported([table])
    #expect(try imported.playlistsText == "pid,pos,track_id\np,0,a\np,1,b\nq,5,c\nq,7,a\n")
    #expect(imported.report.skippedPlaylists == 1 || imported.report.faults.isEmpty)
  }

  @Test func `several sources go together, features by preference`() throws {
    let one = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "one.csv")
    let two = try folder.write(
      "playlist_id,track_id,track_name,artist_name,energy\n2,b,Song 1,Artist,0.9\n2,c,Song C,Artist,0.8\n",
      to: "two.csv")
    let first = try folder.write("track_id,energy,tempo\na,0.1,\nc,0.2,90\n", to: "first.csv")
    let imported = try Imported([one, two], features: [first])
    #expect(imported.ids == [["a", "b"], ["b", "c"]])
    let songs = imported.dataset.songs
    #expect(songs.extras["feature_source"] == ["first.csv", "two.csv", "first.csv"])
    #expect(songs.feature(.energy, of: 2) == 0.2 && songs.feature(.energy, of: 1) == 0.9 && songs.names[2] == "Song C")
  }

  @Test func `positions of any size are kept in order, and what is written can be read`() throws {
    let table = try folder.write(
      "pid,pos,track_id\n1,9007199254740994,b\n1,9007199254740992,a\n1,9223372036854775807,c\n1,-9223372036854775808,d\n",
      to: "t.csv")
    let imported = try Imported([table])
    #expect(imported.ids == [["d", "a", "b"]] && imported.report.faults == ["rows that cannot be read": 1])
    #expect(try imported.playlistsText == "pid,pos,track_id\n1,0,d\n1,1,a\n1,2,b\n")
  }

  @Test func `a table whose header begins with # is a table, and its columns are known`() throws {
    let table = try folder.write("#,Song,Artist,BPM,Spotify Track Id,energy\n1,Hello,Adele,120,a,0.5\n", to: "c.csv")
    let playlists = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "p.csv")
    let imported = try Imported([table, playlists])
    #expect(imported.dataset.songs.names == ["Hello", ""] && imported.report.songsWithFeatures == 1)
  }

  @Test func `a quote inside a field between tabs is no quoting: what is exported comes back`() throws {
    var writer = CSVWriter(header: ["SessionId", "ItemId", "Time"], separator: .tab)
    for (time, id) in ["a", "b"].enumerated() {
      writer.append("7\" list")
      writer.append(id)
      writer.append(time)
      writer.endRow()
    }
    let imported = try Imported([folder.write(writer.takeRows(), to: "train.tsv")])
    #expect(imported.pids == ["7\" list"] && imported.ids == [["a", "b"]])
  }

  @Test(arguments: [
    "\"Spotify URI\",\"Track Name\",\"Artist Name\",\"Album Name\",\"Disc Number\",\"Track Number\","
      + "\"Track Duration (ms)\",\"Added By\",\"Added At\"",
    "\"Spotify ID\",\"Track Name\",\"Artist Name(s)\",\"Album Name\",\"Artist IDs\",\"Popularity\",\"Duration (ms)\","
      + "\"Added By\",\"Added At\"",
  ])
  func `Exportify's older files are a playlist each, too`(header: String) throws {
    let rows = ["a", "b"].map {
      "\"spotify:track:\($0)\",\"Name\",\"Adele\",\"25\",\"1\",\"1\",\"295502\",\"u\",\"2020\""
    }
    let old = try folder.write(([header] + rows).joined(separator: "\n"), to: "old.csv")
    let other = try folder.write("pid,pos,track_id\n1,0,a\n1,1,c\n", to: "t.csv")
    let imported = try Imported([old, other])
    #expect(imported.pids == ["old", "1"] && imported.ids == [["a", "b"], ["a", "c"]], "\(imported.lines)")
    #expect(imported.dataset.songs.feature(.durationMilliseconds, of: 0) == 295_502)
  }

  @Test func `every table is told with the number of its rows that were used`() throws {
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "t.csv")
    let features = try folder.write("track_id,energy\na,0.5\nz,0.5\n", to: "f.csv")
    #expect(try Imported([table, features]).lines.contains("\(features): 1 of its 2 rows joined"))
  }

  @Test func `sources complete each other value by value, also under one name`() throws {
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "t.csv")
    for name in ["one", "two"] {
      try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
    }
    let first = try folder.write("track_id,danceability\na,0.5\na,\nb,\n", to: "one/f.csv")
    let second = try folder.write(
      "track_id,energy,tempo,danceability\na,0.5,120,0.1\na,0.5,120,0.1\nb,,100,\nb,0.3,,0.2\n", to: "two/f.csv")
    let imported = try Imported([table], features: [first, second])
    let songs = imported.dataset.songs
    #expect(imported.report.faults.isEmpty, "\(imported.lines)")
    #expect(songs.feature(.danceability, of: 0) == 0.5 && songs.feature(.tempo, of: 0) == 120)
    #expect(songs.feature(.energy, of: 1) == 0.3 && songs.feature(.tempo, of: 1) == 100)
    #expect(songs.extras["feature_source"] == ["f.csv; two/f.csv (energy tempo)", "two/f.csv"])
  }

  @Test func `titles are found in whatever order and source they come`() throws {
    let table = try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "a.csv")
    let meta = try folder.write("pid,name\n1,My List\n", to: "playlist_meta.csv")
    for sources in [[meta, table], [table, meta], [folder.path]] {
      #expect(try Imported(sources).dataset.playlistNames == ["1": "My List"])
    }
  }

  @Test func `a folder's titles are not those of another source's playlists`() throws {
    try FileManager.default.createDirectory(atPath: folder.file("set"), withIntermediateDirectories: false)
    try folder.write("pid,pos,track_id\n1,0,a\n1,1,b\n", to: "set/a.csv")
    try folder.write("pid,name\n1,One\n2,Two\n", to: "set/meta.csv")
    let other = try folder.write("pid,pos,track_id\n2,0,a\n2,1,b\n", to: "b.csv")
    #expect(try Imported([folder.file("set"), other]).dataset.playlistNames == ["1": "One"])
  }
}
