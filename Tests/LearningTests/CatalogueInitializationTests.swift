import Compute
import Learning
import Sequences
import Testing

struct CatalogueInitializationTests {
  /// Two groups of songs that never meet, and one that nobody played.
  static let playlists: EmbeddingBags = {
    var bags = EmbeddingBags()
    for number in 0..<12 {
      bags.append((0..<6).map { Int32($0 + (number % 2) * 6) }.filter { $0 % 12 != number }, weight: 1)
    }
    return bags
  }()
  static let artists: [Int32] = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, -1, 0]

  func layout() -> ParameterLayout {
    var configuration = ModelConfiguration(hiddenSize: 4)
    configuration.catalogue = CatalogueConfiguration(
      dimension: 6, songCount: 13, artistCount: 4, wordCount: 1, featureCount: 2)
    configuration.inputSize = 6
    return ParameterLayout(configuration)
  }

  func vector(_ song: Int, _ slab: [Float], _ layout: ParameterLayout) -> [Float] {
    let own = layout.values(of: layout.entry("songs/embeddings")!, in: slab)[song * 6..<(song + 1) * 6]
    guard Self.artists[song] >= 0 else { return Array(own) }
    let artist = Int(Self.artists[song])
    let shared = layout.values(of: layout.entry("artists/embeddings")!, in: slab)[artist * 6..<(artist + 1) * 6]
    return zip(own, shared).map { $0 + $1 }
  }

  func cosine(_ a: [Float], _ b: [Float]) -> Float {
    func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
  }

  @Test("songs that stand together begin near each other, an unplayed one at its artist's mean")
  func start() {
    let layout = layout()
    var slab = Initialization.slab(layout, seed: 1)
    CatalogueInitialization.fill(&slab, layout: layout, playlists: Self.playlists, artists: Self.artists, seed: 1)
    #expect(cosine(vector(0, slab, layout), vector(4, slab, layout)) > 0.2)
    #expect(abs(cosine(vector(0, slab, layout), vector(9, slab, layout))) < 0.1)
    let mean = (0..<3).map { vector($0, slab, layout) }.reduce([Float](repeating: 0, count: 6)) {
      zip($0, $1).map { $0 + $1 / 3 }
    }
    for (one, other) in zip(vector(12, slab, layout), mean) { #expect(abs(one - other) < 1e-5) }
    let squares = (0..<12).reduce(0) { $0 + vector($1, slab, layout).reduce(0) { $0 + $1 * $1 } }
    #expect(abs(squares / 12 - 1) < 1e-3, "root of the mean square norm")
    let bias = layout.values(of: layout.entry("songs/bias")!, in: slab)
    #expect(abs(bias[12] - -0.6931472) < 1e-6 && abs(bias[0] - 1.7047481) < 1e-5, "ln 0.5, ln 5.5")
  }

  @Test("what training did to songs that nobody played is taken back, and to no others")
  func unplayed() {
    let layout = layout()
    let trained = [Float](repeating: 2, count: layout.count)
    var slab = trained
    CatalogueInitialization.resetUnplayed(&slab, layout: layout, playlists: Self.playlists, artists: Self.artists)
    let embeddings = layout.values(of: layout.entry("songs/embeddings")!, in: slab)
    #expect(embeddings[..<72].allSatisfy { $0 == 2 } && embeddings[72...].allSatisfy { $0 == 0 })
    let bias = layout.values(of: layout.entry("songs/bias")!, in: slab)
    #expect(bias[..<12].allSatisfy { $0 == 2 } && abs(bias[12] - 1.7635886) < 1e-5, "ln(16/3 + 0.5)")
    #expect(zip(slab, trained).count { $0 != $1 } == 7)
  }

  @Test("without a part its embeddings begin as zeros or at random")
  func parts() {
    let layout = layout()
    func slab(_ parts: [ModelPart]) -> [Float] {
      var slab = Initialization.slab(layout, seed: 1)
      CatalogueInitialization.fill(
        &slab, layout: layout, playlists: Self.playlists, artists: Self.artists, without: parts, seed: 1)
      return slab
    }
    func values(_ name: String, _ slab: [Float]) -> [Float] { layout.values(of: layout.entry(name)!, in: slab) }
    #expect(values("artists/embeddings", slab([.artists])).allSatisfy { $0 == 0 })
    #expect(values("songs/embeddings", slab([.embeddings])).allSatisfy { $0 == 0 })
    let random = slab([.start])
    #expect(abs(cosine(vector(0, random, layout), vector(4, random, layout))) < 0.95)
    #expect(random != slab([]))
  }
}

struct TruncatedSVDTests {
  @Test("singular vectors times the roots of their values give back a matrix of low rank")
  func lowRank() {
    var random = Philox(seed: 2, purpose: .testData)
    let (rows, columns) = (9, 7)
    let left = (0..<rows * 2).map { _ in Float(random.normal()) }
    let right = (0..<columns * 2).map { _ in Float(random.normal()) }
    var bags = EmbeddingBags()
    for row in 0..<rows {
      for column in 0..<columns {
        bags.rows.append(Int32(column))
        bags.weights.append(left[row * 2] * right[column * 2] + left[row * 2 + 1] * right[column * 2 + 1])
      }
      bags.starts.append(Int32(bags.rows.count))
    }
    let vectors = LinearAlgebra.rightSingularVectors(
      of: SparseMatrix(rows: bags, columnCount: columns), rank: 4, seed: 1)
    // (V√S)(V√S)ᵀ = V·S·Vᵀ, whose square is MᵀM.
    func product(_ a: Int, _ b: Int, _ matrix: [Float], _ width: Int) -> Float {
      (0..<width).reduce(0) { $0 + matrix[a * width + $1] * matrix[b * width + $1] }
    }
    let root = (0..<columns).map { a in (0..<columns).map { b in product(a, b, vectors, 4) } }
    for a in 0..<columns {
      for b in 0..<columns {
        let square = (0..<columns).reduce(Float(0)) { $0 + root[a][$1] * root[$1][b] }
        let expected = (0..<rows).reduce(Float(0)) {
          $0 + bags.weights[$1 * columns + a] * bags.weights[$1 * columns + b]
        }
        #expect(abs(square - expected) < 1e-3)
      }
    }
    #expect((0..<columns).allSatisfy { vectors[$0 * 4 + 2] == 0 && vectors[$0 * 4 + 3] == 0 }, "beyond the rank")
  }
}
