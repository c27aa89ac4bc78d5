import Files
import FoundationEssentials
import Music
import Recommendation
import TestSupport
import Testing

/// `train.playlists`, in memory and as a file.
@Suite struct TrainingPlaylistsTests {
  private static let lists: [[Int32]] = [[3, 0, 3, 2], [], [6, 5, 4, 3, 2, 1, 0], [2, 2]]
  private static let fingerprints = TrainingPlaylists.Fingerprints(catalogue: 17, pids: "a\nb\nc\nd\n")

  private func arrays(_ playlists: TrainingPlaylists) -> [[Int32]] {
    (0..<playlists.count).map { Array(playlists[$0]) }
  }

  private func written(_ folder: ScratchFolder) throws -> (path: String, bytes: [UInt8]) {
    let path = folder.file(TrainingPlaylists.fileName)
    try TrainingPlaylists(Self.lists, songCount: 7).write(to: path, fingerprints: Self.fingerprints)
    return (path, try folder.bytes(TrainingPlaylists.fileName))
  }

  private func failure(_ path: String, _ fingerprints: TrainingPlaylists.Fingerprints = Self.fingerprints) -> String {
    do {
      _ = try TrainingPlaylists(path: path, fingerprints: fingerprints)
      return ""
    } catch { return "\(error)" }
  }

  @Test func `playlists are mapped as they were written, in order and with repeats`() throws {
    let folder = try ScratchFolder()
    let mapped = try TrainingPlaylists(path: written(folder).path, fingerprints: Self.fingerprints)
    #expect(arrays(mapped) == Self.lists && mapped.songCount == 7 && mapped.rowCount == 13)
    let path = folder.file("none")
    try TrainingPlaylists([], songCount: 0).write(to: path, fingerprints: Self.fingerprints)
    #expect(try TrainingPlaylists(path: path, fingerprints: Self.fingerprints).count == 0)
  }

  @Test func `scores from a mapped file are those from memory, to the bit`() throws {
    let folder = try ScratchFolder()
    let path = folder.file("playlists")
    var cases = SongCases(seed: 41)
    let lists = (0..<50).map { _ in (0..<20).map { _ in Int32(cases.random.next() % 90) } }
    let memory = TrainingPlaylists(lists, songCount: 100)
    try memory.write(to: path, fingerprints: Self.fingerprints)
    func scores(_ playlists: TrainingPlaylists, _ seeds: [Int32]) -> [[Float]] {
      let scorers: [any CoOccurrenceScorer] = [
        SessionNeighbourScorer(PlaylistMatrix(playlists), settings: .init(neighbourCount: 10)),
        SequentialRuleScorer(
          playlists, settings: .init(steps: 5, stepDecay: .harmonic, seedDecay: .linear, confidenceExponent: 0.5)),
      ]
      return scorers.map { scorer in
        var scores = [Float](repeating: 0, count: 100)
        scores.withUnsafeMutableBufferPointer { scorer.score(seeds, into: $0) }
        return scores
      }
    }
    let seeds: [Int32] = [4, 8, -1, 15, 8]
    let expected = scores(memory, seeds)
    #expect(expected.allSatisfy { Set($0).count > 20 })
    #expect(try scores(TrainingPlaylists(path: path, fingerprints: Self.fingerprints), seeds) == expected)
    #expect(scores(memory, [-1, 95]).joined().allSatisfy { $0 == 0 })
  }

  @Test func `a file that is missing, foreign, of another version or of another model is told apart`() throws {
    let folder = try ScratchFolder()
    #expect(failure(folder.file("nothing")).contains("No such file"))
    let (path, bytes) = try written(folder)
    #expect(failure(path) == "")
    for other in [
      TrainingPlaylists.Fingerprints(catalogue: 18, pids: "a\nb\nc\nd\n"), .init(catalogue: 17, pids: "a\nb\nd\nc\n"),
    ] {
      #expect(failure(path, other).contains("belongs to another model. Train the model again or copy its whole folder"))
    }
    var changed = bytes
    changed[8] = 7
    try AtomicFile.write(changed, to: path)
    #expect(failure(path).contains("version 7; this program reads version 1"))
    try AtomicFile.write("pid,pos,track_id\n", to: path)
    #expect(failure(path).contains("not a file of training playlists of Segue"))
  }

  @Test func `a truncated file is refused at every length`() throws {
    let folder = try ScratchFolder()
    let (path, bytes) = try written(folder)
    for length in 0..<bytes.count {
      try AtomicFile.write(Array(bytes[..<length]), to: path)
      #expect(throws: InputError.self, "\(length) bytes") {
        try TrainingPlaylists(path: path, fingerprints: Self.fingerprints)
      }
    }
  }

  @Test func `songs and ends outside their bounds are damage`() throws {
    let folder = try ScratchFolder()
    let (path, bytes) = try written(folder)
    func section(_ number: Int) -> Int {
      (0..<8).reduce(0) { $0 | Int(bytes[24 + 16 * number + $1]) << (8 * $1) }
    }
    func failure(settingByte byte: Int, to value: UInt8) throws -> String {
      var changed = bytes
      changed[byte] = value
      try AtomicFile.write(changed, to: path)
      return self.failure(path)
    }
    #expect(try failure(settingByte: section(2), to: 7).contains("damaged: a song outside the catalogue"))
    #expect(try failure(settingByte: section(2) + 3, to: 0x80).contains("a song outside the catalogue"))
    #expect(try failure(settingByte: section(2), to: 6) == "")
    #expect(try failure(settingByte: section(1), to: 1).contains("ends before it begins"))
    #expect(try failure(settingByte: section(1) + 8, to: 5).contains("ends before it begins"))
    #expect(try failure(settingByte: section(1) + 15, to: 0x80).contains("ends before it begins"))
    #expect(try failure(settingByte: section(1) + 4 * 8, to: 12).contains("damaged"))
    #expect(try failure(settingByte: section(0) + 8, to: 5).contains("damaged"))
    #expect(try failure(settingByte: section(0) + 7, to: 0xFF).contains("impossible counts"))
  }
}

/// `train.playlists` in a model folder.
@Suite struct TrainingPlaylistsFolderTests {
  private static let lists = [Playlist(pid: "p1", songs: [5, 6, 5]), Playlist(pid: "p2", songs: [399, 0])]

  @Test func `a folder without the file opens, and says so to a model that needs it`() throws {
    let model = try TestModel()
    let folder = try ModelFolder(path: model.folder.path)
    #expect(folder.trainingPlaylists == nil)
    let error = #expect(throws: InputError.self) { try folder.requiredTrainingPlaylists() }
    #expect(error?.description.contains("train.playlists is missing, without which this model cannot rank") == true)
  }

  @Test func `ids and songs are written together and open together`() throws {
    let model = try TestModel()
    try ModelFolder.writeTrainingPlaylists(Self.lists, vectors: model.vectors, to: model.folder.path)
    let folder = try ModelFolder(path: model.folder.path)
    #expect(try folder.trainingPids() == ["p1", "p2"])
    let playlists = try folder.requiredTrainingPlaylists()
    #expect((0..<playlists.count).map { Array(playlists[$0]) } == [[5, 6, 5], [399, 0]])
    #expect(playlists.songCount == folder.catalogue.count)
  }

  @Test func `playlists of another catalogue or of other ids are refused`() throws {
    let (model, other) = (try TestModel(), try TestModel(songs: 401))
    for folder in [model, other] {
      try ModelFolder.writeTrainingPlaylists(Self.lists, vectors: folder.vectors, to: folder.folder.path)
    }
    let name = TrainingPlaylists.fileName
    let own = try model.folder.bytes(name)
    try model.folder.write(try other.folder.bytes(name), to: name)
    #expect(throws: InputError.self) { try ModelFolder(path: model.folder.path) }
    try model.folder.write(own, to: name)
    _ = try ModelFolder(path: model.folder.path)
    try model.folder.write("p1\np3\n", to: ModelFolder.trainingPidsName)
    let error = #expect(throws: InputError.self) { try ModelFolder(path: model.folder.path) }
    #expect(error?.description.contains("train.playlists: belongs to another model") == true)
  }
}
