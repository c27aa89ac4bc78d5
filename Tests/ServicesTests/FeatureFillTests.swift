import CZlib
import Files
import Music
import Services
import TestSupport
import Testing

@Suite struct FeatureFillTests {
  private let folder: ScratchFolder

  private static let features =
    "acousticness,danceability,duration_ms,energy,instrumentalness,key,liveness,loudness,mode,speechiness,tempo,"
    + "time_signature,valence"
  private static let header = "track_id,track_name,artist_name,\(features)"
  private static let none = String(repeating: ",", count: 12)

  init() throws { folder = try ScratchFolder() }

  /// A dataset of songs without any features.
  private func bare(_ numbers: some Sequence<Int>) throws {
    try folder.write(
      Self.header + "\n" + numbers.map { "\(Song.id($0)),Song \($0),Artist,\(Self.none)\n" }.joined(),
      to: "tracks.csv")
  }

  private func fill(
    _ sources: [FeatureFill.Source], asksAgain: Bool = false, stopping: Stopping = Stopping()
  ) throws -> FeatureFill.Result {
    try FeatureFill(
      dataset: folder.path, sources: sources, cacheFolder: folder.file("cache"), asksAgain: asksAgain,
      stopping: stopping
    ).run()
  }

  private func rows(_ name: String = "tracks.csv") throws -> [String] {
    try folder.text(name).split(separator: "\n").map(String.init)
  }

  @Test func `only missing numbers are filled in, all else stays byte for byte`() throws {
    let tracks = #"""
      \#(Self.header),mood,feature_source
      \#(Song.id(1)),"One, ""1""",A,0.50,0.4,180000,.7,0,3,0.1,-5,1,0.04,99.0,4,0.3,"sad, slow",dump.csv
      \#(Song.id(2)),Two,Ärger,0.50,,180000,.7,0,-1,0.1,-5,1,0.04,,4,0.3,,dump.csv
      \#(Song.id(3)),Three,,\#(Self.none),glad,
      \#(Song.id(4)),Four,A,\#(Self.none),,
      \#(Song.id(5)),Five,A,0.50,0.4,180000,.7,0,,0.1,-5,1,0.04,99.0,4,0.3,,

      """#
    try folder.write(tracks, to: "tracks.csv")
    let server = ScriptedServer.reccoBeats(unknown: [4])
    let result = try fill([.provider(reccoBeats(server))])
    #expect(
      try folder.text("tracks.csv") == #"""
        \#(Self.header),mood,feature_source
        \#(Song.id(1)),"One, ""1""",A,0.50,0.4,180000,.7,0,3,0.1,-5,1,0.04,99.0,4,0.3,"sad, slow",dump.csv
        \#(Song.id(2)),Two,Ärger,0.50,0.102,180000,.7,0,2,0.1,-5,1,0.04,120.5,4,0.3,,dump.csv; reccobeats (danceability key tempo)
        \#(Song.id(3)),Three,,0.25,0.103,,0.5,0,3,0.125,-6.25,1,0.05,120.5,,0.75,glad,reccobeats
        \#(Song.id(4)),Four,A,\#(Self.none),,
        \#(Song.id(5)),Five,A,0.50,0.4,180000,.7,0,5,0.1,-5,1,0.04,99.0,4,0.3,,reccobeats (key)

        """#)
    #expect(server.requests.map(\.ids) == [[2, 3, 4, 5].map(Song.id)])
    let report = result.report
    #expect(report.songs == 5 && report.hadFeatures == 3 && report.hadGaps == 2)
    #expect(report.filled == 3 && report.filledValues == 3 + 11 + 1 && report.isWritten)
    #expect(report.stillMissing == 1 && report.stillWithGaps == 1 && report.requests == 1)
    #expect(report.sources[0].filled == 3 && report.sources[0].answered == 4 && report.sources[0].cached == 0)
  }

  @Test func `the source named first wins, value by value`() throws {
    try bare(1...3)
    try folder.write(
      "id,\(Self.features)\n\(Song.id(1)),0.9,,,,,,,,,,,,\n\(Song.id(1)),0.1,,,,,,,,,,,,\n", to: "first.csv")
    let server = ScriptedServer.reccoBeats(unknown: [3])
    let spotifyServer = ScriptedServer { request, _ in
      request.method == "POST" ? .token() : .audioFeatures(request.ids.map { Song.spotify(Song.number($0)) })
    }
    let result = try fill([
      .file(folder.file("first.csv")), .provider(reccoBeats(server)), .provider(spotify(spotifyServer)),
    ])
    let table = try SongTable(csv: folder.file("tracks.csv"))
    #expect(table.feature(.acousticness, of: 0) == 0.9 && table.feature(.acousticness, of: 1) == 0.25)
    #expect(table.feature(.durationMilliseconds, of: 1) == 200_002)
    #expect(
      table.extras["feature_source"] == [
        "first.csv; reccobeats (danceability energy instrumentalness key liveness loudness mode speechiness tempo valence)"
          + "; spotify (duration_ms time_signature)",
        "reccobeats; spotify (duration_ms time_signature)", "spotify",
      ])
    #expect(result.report.sources.map(\.source) == ["first.csv", "reccobeats", "spotify"])
    #expect(result.report.sources.map(\.filled) == [1, 2, 3] && result.report.filled == 3)
    #expect(result.report.sources[0].repeatedRows == 1 && result.report.requests == 3)
  }

  @Test func `a file may tell of some features only, but not of none`() throws {
    try bare(1...3)
    try folder.write("tempo,mood,track_id\n120,sad,\(Song.id(1))\n,glad,\(Song.id(2))\n", to: "tempo.csv")
    try folder.write("track_id,key\n\(Song.id(1)),7\n\(Song.id(3)),-1\n", to: "key.csv")
    let result = try fill([.file(folder.file("tempo.csv")), .file(folder.file("key.csv"))])
    let table = try SongTable(csv: folder.file("tracks.csv"))
    #expect(table.feature(.tempo, of: 0) == 120 && table.feature(.key, of: 0) == 7)
    #expect(table.features.count { !$0.isNaN } == 2)
    #expect(table.extras["feature_source"] == ["tempo.csv; key.csv (key)", "", ""])
    #expect(result.report.sources.map(\.filled) == [1, 1] && result.report.filledValues == 2)

    try folder.write("track_id,mood\n\(Song.id(1)),sad\n", to: "mood.csv")
    let error = #expect(throws: InputError.self) { try fill([.file(folder.file("mood.csv"))]) }
    #expect(error?.line == 1 && error?.reason == "there is no column of audio features")
  }

  @Test func `a value of a file that is missing or has no place costs itself only, and is counted`() throws {
    try bare(1...2)
    try folder.write(
      "track_id,energy,tempo,time_signature\n\(Song.id(1)),0.5,NA,7\n\(Song.id(2)),0.25,100,4\n", to: "f.csv")
    let result = try fill([.file(folder.file("f.csv"))])
    let table = try SongTable(csv: folder.file("tracks.csv"))
    #expect(table.feature(.energy, of: 0) == 0.5 && table.feature(.tempo, of: 0).isNaN)
    #expect(table.feature(.timeSignature, of: 0).isNaN && table.feature(.timeSignature, of: 1) == 4)
    #expect(result.report.sources[0].misfits == 1 && result.report.filledValues == 4)
    try folder.write("track_id,energy\n\(Song.id(1)),much\n", to: "f.csv")
    #expect(#expect(throws: InputError.self) { try fill([.file(folder.file("f.csv"))]) }?.line == 2)
  }

  @Test func `the column store beside the tables is written again, too`() throws {
    try bare(1...3)
    try folder.write("pid,pos,track_id\n7,0,\(Song.id(2))\n7,1,\(Song.id(1))\n", to: "playlists.csv")
    let songs = try SongTable(csv: folder.file("tracks.csv"))
    let texts = [songs.ids, songs.names, songs.artists].map { column -> DatasetColumns.Contents.Text in
      { song, body in try Array(column[song].utf8).withUnsafeBytes(body) }
    }
    let rows: [Int32] = [1, 0]
    try rows.withUnsafeBytes { rows in
      let contents = DatasetColumns.Contents(
        songCount: 3, columns: zip(Catalogue.requiredColumns, texts).map { ($0, $1) },
        features: { songs.features[$0 * AudioFeature.count..<($0 + 1) * AudioFeature.count] }, playlistEnds: [2],
        rows: rows, pids: ["7"])
      try DatasetColumns.write(contents, to: folder.path)
    }
    try folder.write("track_id,tempo\n\(Song.id(2)),120.3\n", to: "tempo.csv")
    _ = try fill([.file(folder.file("tempo.csv"))])
    let tables = ["tracks", "playlists"].map { folder.file("\($0).csv") }
    let columns = try DatasetColumns(ifCurrentIn: folder.path, tables: tables)
    #expect(columns != nil)
    let stored = try Dataset.load(folder: folder.path)
    let read = try SongTable(csv: tables[0])
    #expect(stored.songs.extras == read.extras && stored.songs.ids == read.ids && stored.songs.names == read.names)
    #expect(stored.songs.features.elementsEqual(read.features) { $0 == $1 || $0.isNaN && $1.isNaN })
    #expect(stored.songs.extras["feature_source"] == ["", "tempo.csv", ""])
    #expect(stored.playlists == [Playlist(pid: "7", songs: [1, 0])])
  }

  @Test func `a provider is not asked for what it does not know`() throws {
    try folder.write(
      "\(Self.header)\n\(Song.id(1)),,,0.5,0.4,,.7,0,3,0.1,-5,1,0.04,99.0,,0.3\n", to: "tracks.csv")
    let server = ScriptedServer.reccoBeats()
    let result = try fill([.provider(reccoBeats(server))])
    #expect(server.requests.isEmpty && !result.report.isWritten && result.report.stillWithGaps == 1)
  }

  @Test func `batches hold forty songs at ReccoBeats and a hundred at Spotify`() throws {
    try bare(0..<250)
    let server = ScriptedServer.reccoBeats()
    _ = try fill([.provider(reccoBeats(server))])
    #expect(server.requests.map(\.ids.count) == [40, 40, 40, 40, 40, 40, 10])
    #expect(server.requests.flatMap(\.ids) == (0..<250).map(Song.id))

    try bare(0..<250)
    let other = ScriptedServer { request, _ in
      request.method == "POST" ? .token() : .audioFeatures(request.ids.map { Song.spotify(Song.number($0)) })
    }
    let result = try fill([.provider(spotify(other))])
    #expect(other.requests.map(\.ids.count) == [0, 100, 100, 50] && result.report.requests == 4)
    #expect(result.report.filled == 250 && result.report.stillMissing == 0 && result.report.stillWithGaps == 0)
  }

  @Test func `nothing is asked twice, neither known songs nor unknown ones, unless that is wanted`() throws {
    try bare(0..<50)
    let server = ScriptedServer.reccoBeats(unknown: [7])
    _ = try fill([.provider(reccoBeats(server))])
    #expect(server.requests.count == 2)

    try bare(0..<50)
    let second = try fill([.provider(reccoBeats(server))])
    #expect(server.requests.count == 2 && second.report.requests == 0)
    #expect(second.report.sources[0].cached == 50 && second.report.filled == 49 && second.report.stillMissing == 1)

    let third = try fill([.provider(reccoBeats(server))], asksAgain: true)
    #expect(server.requests.count == 3 && server.requests[2].ids == [Song.id(7)])
    #expect(!third.report.isWritten)
  }

  @Test func `a failure keeps what was answered, in the dataset too, and the same run goes on`() throws {
    try bare(0..<100)
    let server = ScriptedServer { request, index in
      (1...4).contains(index)
        ? .json("{}", status: 500) : .content(request.ids.map { Song.reccoBeats(Song.number($0)) })
    }
    let first = try fill([.provider(reccoBeats(server))])
    let failure = try #require(first.failure)
    #expect(
      failure.description == "ReccoBeats: GET /v1/audio-features: status 500, 4 times in a row. Try again later. "
        + "40 of 100 songs are answered and kept; the same command goes on from there.")
    #expect(first.report.filled == 40 && first.report.stillMissing == 60 && first.report.requests == 5)
    #expect(try SongTable(csv: folder.file("tracks.csv")).extras["feature_source"]?.count { $0 == "reccobeats" } == 40)

    let second = try fill([.provider(reccoBeats(server))])
    #expect(second.failure == nil && second.report.filled == 60 && second.report.stillMissing == 0)
    #expect(server.requests.dropFirst(5).map(\.ids.count) == [40, 20])
  }

  @Test func `a run that is stopped keeps what was answered`() throws {
    try bare(0..<100)
    let server = ScriptedServer.reccoBeats()
    let result = try fill([.provider(reccoBeats(server))], stopping: Stopping { server.requests.count >= 2 })
    #expect(result.report.isInterrupted && result.report.filled + result.report.stillMissing == 100)
    #expect(result.report.filled >= 40 && result.report.filled < 100)
  }

  @Test func `status 404 for a batch is tracked down to the songs that are unknown`() throws {
    try bare(0..<40)
    let server = ScriptedServer { request, _ in
      request.ids.contains(Song.id(11))
        ? .json("{}", status: 404) : .content(request.ids.map { Song.reccoBeats(Song.number($0)) })
    }
    let result = try fill([.provider(reccoBeats(server))])
    #expect(result.report.filled == 39 && result.report.sources[0].answered == 40)
    #expect(server.requests.allSatisfy { !$0.ids.isEmpty } && server.requests.count <= 13)
  }

  @Test func `a service that knows no address is an error, and no song is noted as unknown`() throws {
    try bare(0..<3)
    let server = ScriptedServer { _, _ in .json("{}", status: 404) }
    let result = try fill([.provider(reccoBeats(server))])
    #expect(result.failure?.reason == "status 404 for each of 3 songs")
    #expect(try rows("cache/reccobeats.csv").count == 1)
  }

  @Test func `ids that are none of Spotify's are never sent, but counted`() throws {
    let ids = [
      Song.id(1), "local-file", Song.id(1).dropLast() + "-", Song.id(1) + "0", Song.id(1).dropLast(2) + "ä", "a b&c=d",
    ].map { String($0) }
    try folder.write(
      Self.header + "\n" + ids.map { "\($0),,,\(Self.none)\n" }.joined(), to: "tracks.csv")
    let server = ScriptedServer.reccoBeats()
    let result = try fill([.provider(reccoBeats(server))])
    #expect(server.requests.map(\.ids) == [[Song.id(1)]] && result.report.invalidIdentifiers == 5)
  }

  @Test func `when nothing is found, nothing is written`() throws {
    try bare(0..<3)
    let before = try folder.text("tracks.csv")
    let real = folder.file("tracks.csv")
    let mapped = try MappedFile(path: real)
    let server = ScriptedServer.reccoBeats(unknown: [0, 1, 2])
    let result = try fill([.provider(reccoBeats(server))])
    #expect(!result.report.isWritten && result.report.filledValues == 0)
    #expect(try folder.text("tracks.csv") == before)
    #expect(try folder.names() == ["cache", "tracks.csv"] && mapped.bytes.count == before.utf8.count)
  }

  @Test func `a packed file stays packed`() throws {
    let rows = (0..<5000).map { "\(Song.id($0)),Song \($0 &* 2_654_435_761 % 1_000_003),A,\(Self.none)\n" }
    try folder.write(Self.packed(Self.header + "\n" + rows.joined()), to: "tracks.csv.gz")
    let values = (0..<5000).map { "\(Song.id($0)),0.5,0.4,\($0),.7,0,3,0.1,-5,1,0.04,99,4,0.3\n" }
    try folder.write("id,\(Self.features)\n" + values.joined(), to: "dump.csv")
    let result = try fill([.file(folder.file("dump.csv"))])
    #expect(result.report.filled == 5000 && result.report.requests == 0)
    #expect(try folder.names() == ["dump.csv", "tracks.csv.gz"])
    #expect(try folder.bytes("tracks.csv.gz")[..<2] == [0x1F, 0x8B])
    let table = try SongTable(csv: folder.file("tracks.csv.gz"))
    #expect(table.count == 5000 && table.feature(.durationMilliseconds, of: 4999) == 4999)
    #expect(table.extras["feature_source"]?.allSatisfy { $0 == "dump.csv" } == true)
  }

  @Test func `columns that the file lacks are put behind the others`() throws {
    try folder.write("track_name,track_id\nOne,\(Song.id(1))\nTwo,x\n", to: "tracks.csv")
    let server = ScriptedServer.reccoBeats()
    _ = try fill([.provider(reccoBeats(server))])
    #expect(
      try rows() == [
        "track_name,track_id,\(Self.features),feature_source",
        "One,\(Song.id(1)),0.25,0.101,,0.5,0,1,0.125,-6.25,1,0.05,120.5,,0.75,reccobeats",
        "Two,x,\(Self.none),",
      ])
  }

  @Test func `two runs do not share a cache`() throws {
    try bare(0..<3)
    try Folder.make(folder.file("cache"))
    let lock = try FolderLock(folder: folder.file("cache"))
    let server = ScriptedServer.reccoBeats()
    #expect(throws: OutputError.self) { try fill([.provider(reccoBeats(server))]) }
    #expect(server.requests.isEmpty)
    withExtendedLifetime(lock) {}
  }

  /// One gzip member.
  private static func packed(_ text: String) -> [UInt8] {
    let input = Array(text.utf8)
    var output = [UInt8](repeating: 0, count: input.count + 1000)
    var stream = z_stream()
    deflateInit2_(
      &stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var source = input
    let count = source.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { output in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
        (stream.next_out, stream.avail_out) = (output.baseAddress, UInt32(output.count))
        precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
        return output.count - Int(stream.avail_out)
      }
    }
    return Array(output[..<count])
  }
}
