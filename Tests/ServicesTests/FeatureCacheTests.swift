import Files
import Services
import TestSupport
import Testing

@Suite struct FeatureCacheTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func cache(asksAgain: Bool = false) throws -> FeatureCache {
    try FeatureCache(provider: "reccobeats", folder: folder.path, asksAgain: asksAgain)
  }

  private static func row(_ value: Float) -> [Float] {
    [value]
      + Array(repeating: 0.5, count: 12).enumerated().map {
        [4, 7, 10].contains($0.offset) ? 1 : $0.element
      }
  }

  @Test func `answers are there when the cache is opened again, unknown songs too`() throws {
    try cache().append([Song.id(1): Self.row(0.1), Song.id(3): Self.row(0.3)], asked: [1, 2, 3].map(Song.id))
    let again = try cache()
    #expect(again.count == 3)
    #expect(again[Song.id(3)] == .features(Self.row(0.3)[...]))
    #expect(again[Song.id(2)] == .none && again[Song.id(4)] == .unknown)
  }

  @Test func `no song is there twice`() throws {
    let cache = try cache()
    try cache.append([Song.id(1): Self.row(0.1)], asked: [Song.id(1)])
    try cache.append([Song.id(1): Self.row(0.2)], asked: [Song.id(1), Song.id(2), Song.id(2)])
    let lines = try folder.text("reccobeats.csv").split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasPrefix("\(Song.id(1)),0.1,"))
  }

  @Test func `cut off at any byte, it opens with its whole lines and goes on`() throws {
    try cache().append([Song.id(1): Self.row(0.1), Song.id(3): Self.row(0.3)], asked: [1, 2, 3].map(Song.id))
    let whole = try folder.bytes("reccobeats.csv")
    let headerEnd = try #require(whole.firstIndex(of: 10))
    for length in 0..<whole.count {
      try folder.write(Array(whole[..<length]), to: "reccobeats.csv")
      let cut = try cache()
      #expect(cut.count == max(0, whole[..<length].count { $0 == 10 } - 1), "\(length) bytes")
      try cut.append([Song.id(1): Self.row(0.1), Song.id(3): Self.row(0.3)], asked: [1, 2, 3].map(Song.id))
      #expect(try folder.bytes("reccobeats.csv") == whole, "\(length) bytes, header \(headerEnd)")
    }
  }

  @Test func `unknown songs are forgotten when they are to be asked for again, the others stay`() throws {
    try cache().append([Song.id(1): Self.row(0.1)], asked: [1, 2].map(Song.id))
    let again = try cache(asksAgain: true)
    #expect(again[Song.id(2)] == .unknown && again[Song.id(1)] == .features(Self.row(0.1)[...]))
    try again.append([Song.id(2): Self.row(0.2)], asked: [Song.id(2)])
    #expect(try cache()[Song.id(2)] == .features(Self.row(0.2)[...]))
  }

  @Test func `a file that is no cache is told, not overwritten`() throws {
    try folder.write("a,b\n1,2\n", to: "reccobeats.csv")
    let error = #expect(throws: InputError.self) { try cache() }
    #expect(error?.path == folder.file("reccobeats.csv") && error?.reason == "there is no column track_id")
    #expect(try folder.text("reccobeats.csv") == "a,b\n1,2\n")
  }
}
