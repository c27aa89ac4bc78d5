import Foundation
import Music
import Sequences
import TestSupport
import Testing

/// Figures counted independently, with Python's csv and json modules.
@Suite(.enabled(if: SharedFolder.hasPlaylists, "the folder of real playlists is absent: set SEGUE_SHARED"), .serialized)
struct RealPlaylistTests {
  let data = SharedFolder.path + "/data"

  @Test("the playlists of the Million Playlist Dataset load whole, in order and fast")
  func millionPlaylistDataset() throws {
    var loaded: Dataset?
    let duration = try ContinuousClock().measure { loaded = try Dataset.load(folder: data + "/mpd") }
    let dataset = try #require(loaded)
    #expect(duration < .seconds(3))
    #expect(dataset.playlists.count == 3615 && dataset.skippedPlaylists == 0)
    #expect(dataset.rowCount == 314_420 && dataset.longestPlaylist == 238)
    #expect(dataset.songs.count == 31_172)
    let numbers = dataset.playlists.compactMap { Int($0.pid) }
    #expect(numbers.count == 3615 && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    #expect(dataset.playlistNames.count == 3615)
  }

  @Test("600, 200 and 200 playlists: ranges, means, batches and near-identical pairs are as counted by hand")
  func seedSplit() throws {
    let dataset = try Dataset.load(folder: data + "/mpd", maxPlaylists: 1000)
    #expect(dataset.omittedPlaylists == 2615)
    let split = try SplitSpecification(parsing: "600,200,200").split(dataset.playlists, seed: 0)
    #expect(split.straddlingPairs.isEmpty && split.unused.isEmpty)
    let training = split.training.map { dataset.playlists[$0] }
    let scaling = FeatureScaling.fit(songs: dataset.songs, playlists: training)
    #expect(scaling.minimum == [0, 0, 6000, 0, 0, 0, -60, 0, 0, 0])
    #expect(scaling.maximum == [1, 1, 1_024_133, 1, 1, 1, -0.045, 1, 219.446, 1])
    let means: [Int: Double] = [
      2: 0.22423057578477051, 6: 0.887190139772534, 8: 0.5527986853421307, 9: 0.5108442749396765,
    ]
    for (index, mean) in means { #expect(abs(Double(scaling.mean[index]) - mean) < 1e-6) }
    let vectors = SongVectors(songs: dataset.songs, scaling: scaling)
    #expect(vectors.present.count { $0 & SongVectors.timeSignatureBit == 0 } == 3865)
    let batches = SequenceBatches(
      vectors: vectors, playlists: training, batchSize: 32, padding: .keras(length: 245), seed: 1, isShuffled: true)
    #expect(batches.batchCount == 19 && batches.skippedPlaylists == 0 && batches.truncatedPlaylists == 0)
    #expect(batches.batch(epoch: 1, index: 18).sequenceCount == 24)
  }

  @Test("22 pairs of playlists are near-identical, found in well under a second")
  func nearIdentical() throws {
    let dataset = try Dataset.load(folder: data + "/mpd")
    var pairs: [NearIdenticalPair] = []
    let duration = ContinuousClock().measure { pairs = NearIdenticalPlaylists.pairs(of: dataset.playlists) }
    #expect(duration < .seconds(2))
    #expect(pairs.count == 22)
    #expect(pairs.allSatisfy { $0.jaccard >= 0.5 })
  }

  @Test("the tidytuesday playlists load whole, without any time signature")
  func tidyTuesday() throws {
    let dataset = try Dataset.load(folder: data + "/tidytuesday")
    #expect(dataset.playlists.count == 438 && dataset.rowCount == 31_846 && dataset.songs.count == 28_037)
    let vectors = SongVectors(
      songs: dataset.songs, scaling: .fit(songs: dataset.songs, playlists: dataset.playlists))
    #expect(vectors.present.allSatisfy { $0 == 0x0FFF })
    let batches = SequenceBatches(
      vectors: vectors, playlists: dataset.playlists, batchSize: 64, padding: .packed, seed: 1, isShuffled: false)
    #expect(batches.batch(epoch: 1, index: 0).lossDenominators[3] == HeadTargetCounts.emptyDenominator)
  }
}
