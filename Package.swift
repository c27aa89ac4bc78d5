// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A Swift target of this package, with the language features that all of them share.
func room(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: [.enableUpcomingFeature("ExistentialAny")])
}

/// The page that `segue serve` serves; `PageFiles` names them again.
let pageFiles = [
  "account.js", "api.html", "api.js", "app.css", "app.js", "art.js", "base.css", "browse.js", "controls.css",
  "dialogs.css", "dialogs.js", "dom.js", "help.html", "history.js", "icon.svg", "icons.svg", "index.html",
  "manifest.webmanifest", "menus.js", "notices.js", "openapi.yaml", "pages.css", "player.css", "player.js",
  "playlist-view.js", "playlist.js", "playlists.js", "recommend.css", "recommend.js", "reorder.js", "search.js",
  "server.js", "songs.css", "songs.js", "state.js", "taste.js", "theme.js", "top.css", "tutorial.js", "verdicts.js",
  "views.css", "why.js", "wishes.js", "words.js",
]

let package = Package(
  name: "segue",
  products: [.executable(name: "segue", targets: ["segue"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    // Without the traits that bring all of Foundation, and with it ICU.
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // MARK: - C at the edges
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CMinizip", pkgConfig: "minizip", providers: [.apt(["libminizip-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),
    .target(name: "COpenCL"),
    .target(name: "CMicroKernels"),
    .target(name: "CBaselines", path: "Benchmarks/CBaselines"),

    // MARK: - The engine
    room("Files"),
    room("Sequences"),
    .target(
      name: "Kernels", path: "Kernels",
      resources: [
        "common", "gather", "gemm", "gemm_reduced", "lstm", "exchange", "lstm_sequence", "heads", "optimizer", "peak",
        "probe", "probe_ptx", "philox", "dense", "songs", "embedding", "catalogue", "attention",
      ].map { .embedInCode("\($0).cl") },
      swiftSettings: swiftSettings),
    room("Compute", ["COpenBLAS", "COpenCL", "CMicroKernels", "Files", "Kernels", "Sequences"]),
    room("Learning", ["Compute", "Files", "Sequences"]),
    room("Verification", ["Compute", "Sequences"]),
    room("Tuning", ["Compute", "Files", "Sequences", "Verification"]),

    // MARK: - Songs
    room("Music", ["CZlib", "Files", "Sequences"]),
    room("Formats", ["CExpat", "CMinizip", "CSimdjson", "Files", "Music"]),
    room(
      "Services",
      [
        "Files", "Music", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    room("Recommendation", ["CMicroKernels", "Compute", "Files", "Learning", "Music", "Sequences"]),
    .target(
      name: "Server",
      dependencies: [
        "COpenSSL", "Files", "Formats", "Learning", "Music", "Recommendation", "Services",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "TOMLKit", package: "TOMLKit"),
        .product(name: "Yams", package: "Yams"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOFoundationEssentialsCompat", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      resources: pageFiles.map { .embedInCode("Page/\($0)") },
      swiftSettings: swiftSettings),
    room("Evaluation", ["Compute", "Files", "Learning", "Music", "Recommendation", "Sequences"]),

    room(
      "Benchmarks", path: "Benchmarks/Sources",
      ["CBaselines", "COpenBLAS", "Compute", "Files", "Learning", "Music", "Recommendation", "Sequences"]),

    // MARK: - The program
    room("Charts"),
    .executableTarget(
      name: "segue",
      dependencies: [
        "Benchmarks", "Charts", "Compute", "Evaluation", "Files", "Formats", "Learning", "Music", "Recommendation",
        "Sequences", "Server", "Services", "Tuning", "Verification",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: swiftSettings),

    // MARK: - Tests
    .target(
      name: "TestSupport", dependencies: ["CZlib", "Compute"], path: "Tests/TestSupport", swiftSettings: swiftSettings),
    tests("SequencesTests", ["TestSupport", "Sequences"]),
    tests("ComputeTests", ["TestSupport", "Compute", "Sequences", "Verification"]),
    tests("LearningTests", ["TestSupport", "Learning", "Compute", "Sequences", "Files"]),
    tests("MusicTests", ["TestSupport", "Music", "Sequences", "Files"]),
    tests("FormatsTests", ["TestSupport", "CMinizip", "Formats", "Music", "Sequences", "Files"]),
    tests(
      "RecommendationTests", ["TestSupport", "Recommendation", "Music", "Learning", "Compute", "Sequences", "Files"]),
    tests(
      "EvaluationTests",
      ["TestSupport", "Evaluation", "Compute", "Files", "Learning", "Music", "Recommendation", "Sequences"]),
    tests("BenchmarksTests", ["Benchmarks", "Compute"]),
    tests("ServicesTests", ["TestSupport", "Services", "Files", "Music", "CZlib"]),
    tests(
      "ServerTests",
      [
        "TestSupport", "Server", .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Yams", package: "Yams"),
      ]),
    tests("ChartsTests", ["Charts"]),
    tests("CommandTests", ["TestSupport", "Compute", "Files", "Music", "Tuning"]),
  ],
  swiftLanguageModes: [.v6]
)

// The parsers under libFuzzer, one product each (`make fuzz`). They have no main of their own, so an ordinary build leaves
// them out.
if Context.environment["SEGUE_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "fuzz", dependencies: ["Files", "Formats"], path: "Tests/Fuzzing", exclude: ["Corpus", "run.sh"],
      swiftSettings: swiftSettings))
  package.products += ["slice", "table", "m3u", "xspf", "jspf", "history", "listens", "features", "zip"].map {
    .executable(name: "fuzz-\($0)", targets: ["fuzz"])
  }
}
