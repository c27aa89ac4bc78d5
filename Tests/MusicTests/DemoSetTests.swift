import Music
import TestSupport
import Testing

struct DemoSetTests {
  @Test("the same arguments give the same set, another seed another, more playlists the same first ones")
  func deterministic() {
    let first = DemoSet.make(playlists: 20, songs: 200, seed: 3)
    let again = DemoSet.make(playlists: 40, songs: 200, seed: 3)
    let other = DemoSet.make(playlists: 20, songs: 200, seed: 4)
    #expect(first.playlists == Array(again.playlists[..<20]))
    #expect(first.songs.names == again.songs.names && first.playlists != other.playlists)
    #expect(first.songs.features.elementsEqual(again.songs.features) { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }

  @Test("the standard set is of the promised size, says that it is synthetic, and survives its own files")
  func standard() throws {
    let demo = DemoSet.make()
    #expect(demo.playlists.count == 600 && demo.songs.count == 1500)
    #expect(demo.playlists.allSatisfy { (15...60).contains($0.songs.count) && Set($0.songs).count == $0.songs.count })
    #expect(demo.songs.ids.allSatisfy { $0.hasPrefix("synthetic") })
    #expect(demo.playlists.allSatisfy { demo.playlistNames[$0.pid]?.hasSuffix("(synthetic)") == true })
    let folder = try ScratchFolder()
    try demo.write(to: folder.path + "/demo")
    let read = try Dataset.load(folder: folder.path + "/demo")
    #expect(read.playlists == demo.playlists && read.playlistNames == demo.playlistNames)
    #expect(read.songs.ids == demo.songs.ids && read.songs.extras == demo.songs.extras)
    #expect(read.songs.features.elementsEqual(demo.songs.features) { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(demo.songs.isSynthetic && read.songs.isSynthetic)
    var real = read.songs
    real.extras["feature_source"]![0] = "features.csv"
    #expect(!real.isSynthetic)
    real.extras["feature_source"] = nil
    #expect(!real.isSynthetic)
  }

  @Test("features are as real ones are: in range, keyed to mode, a few time signatures missing")
  func features() {
    let songs = DemoSet.make(playlists: 1, songs: 3000).songs
    let vectors = SongVectors(songs: songs, scaling: .fit(songs: songs, playlists: []))
    let missing = vectors.present.count { $0 & SongVectors.timeSignatureBit == 0 }
    #expect((60...200).contains(missing))
    #expect(vectors.present.allSatisfy { $0 | SongVectors.timeSignatureBit == 0x1FFF })
    func majorShare(_ keys: Set<Float>) -> Double {
      let rows = (0..<songs.count).filter { keys.contains(songs.feature(.key, of: $0)) }
      return Double(rows.count { songs.feature(.mode, of: $0) == 1 }) / Double(rows.count)
    }
    #expect(majorShare([0, 2, 5, 7, 9]) > majorShare([1, 3, 4, 6, 8, 10, 11]) + 0.15)
  }

  @Test("popularity is skewed and neighbours in a playlist are more alike than strangers")
  func structure() {
    let demo = DemoSet.make()
    var plays = [Int](repeating: 0, count: demo.songs.count)
    for playlist in demo.playlists { for song in playlist.songs { plays[Int(song)] += 1 } }
    let total = plays.reduce(0, +)
    #expect(plays.sorted(by: >)[..<150].reduce(0, +) > total / 4)
    var (near, far) = (0.0, 0.0)
    for (playlist, other) in zip(demo.playlists, demo.playlists.dropFirst()) {
      let energy = { (song: Int32) in Double(demo.songs.feature(.energy, of: Int(song))) }
      near += abs(energy(playlist.songs[0]) - energy(playlist.songs[1]))
      far += abs(energy(playlist.songs[0]) - energy(other.songs[0]))
    }
    #expect(near * 2 < far)
  }

  @Test("tiny sets work", arguments: [8, 9, 30])
  func tiny(songs: Int) {
    let demo = DemoSet.make(playlists: 30, songs: songs)
    #expect(demo.playlists.allSatisfy { $0.songs.count >= songs / 2 - 1 && $0.songs.allSatisfy { $0 < songs } })
  }
}
