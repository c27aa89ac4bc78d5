import ArgumentParser
import Files
import Glibc
import Services

/// `segue features`: fills in the audio features that a dataset folder lacks.
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Fills in missing audio features of a dataset's songs.",
    discussion: """
      Only missing numbers of tracks.csv are filled in; feature_source says where they came from, all else stays. \
      --from is given once for each source, the preferred one first:

        FILE        a CSV file with a column track_id (or id) and any of
                    Spotify's 13 features by name, plain or gzip
        reccobeats  needs no key; knows neither length nor time signature
        spotify     the Web API, for applications registered before 27 November
                    2024; reads SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET
                    from the environment

      Answers of providers are kept in a cache, so that no song is asked for twice, not even one that a provider does \
      not know. After Ctrl-C, a crash or a failure the same command goes on where it was. --help-hidden shows options \
      for mirrors.
      """)

  @Argument(help: "The dataset folder.") var dataset: String
  @Option(help: ArgumentHelp("A file of features, reccobeats or spotify; may be repeated.", valueName: "source"))
  var from: [String]
  @Option(help: "Requests a second to a provider, at most.") var rate = 2.0
  @Option(
    help: ArgumentHelp(
      "Where answers are kept (default: $SEGUE_CACHE/features, $XDG_CACHE_HOME/segue/features or "
        + "~/.cache/segue/features).", valueName: "folder"))
  var cache: String?
  @Flag(help: "Ask again for songs that a provider did not know.") var askAgain = false
  @Flag(help: "Print the summary as JSON.") var json = false
  @OptionGroup var services: ServiceOptions

  func run() throws {
    try reportingErrors {
      guard rate > 0, rate <= 1000 else { throw UsageError("--rate is \(rate); it must be above 0 and at most 1000.") }
      Interruption.watch()
      let stopping = Stopping { Interruption.isRequested }
      var patience = Patience()
      patience.rate = rate
      let transport = HTTPTransport(timeout: .seconds(services.timeout))
      var display = FetchDisplay()
      let sources = try services.sources(from) { name in
        ServiceClient(service: name, transport: transport, patience: patience, stopping: stopping) {
          display.end()
          Console.print($0)
        }
      }
      let job = FeatureFill(
        dataset: dataset, sources: sources, cacheFolder: try cache ?? Self.defaultCache(), asksAgain: askAgain,
        stopping: stopping)
      let result = try job.run { display.show(provider: $0, answered: $1, total: $2) }
      display.end()
      print(json ? try encodedJSON(result.report) : FeaturesText.summary(result.report, dataset: dataset))
      if let failure = result.failure { throw failure }
      if result.report.isInterrupted {
        Console.print("interrupted; what was answered is kept, and the same command goes on from there")
        throw ExitCode(ExitStatus.interrupted.rawValue)
      }
    }
  }

  /// `$SEGUE_CACHE/features`, else `$XDG_CACHE_HOME/segue/features`, else `~/.cache/segue/features`.
  private static func defaultCache() throws -> String {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    if let folder = variable("SEGUE_CACHE") { return "\(folder)/features" }
    if let folder = variable("XDG_CACHE_HOME") { return "\(folder)/segue/features" }
    guard let home = variable("HOME") else {
      throw UsageError("There is no HOME to keep answers in: name a folder with --cache.")
    }
    return "\(home)/.cache/segue/features"
  }
}

/// Where providers are asked; for mirrors, proxies and tests.
struct ServiceOptions: ParsableArguments {
  @Option(help: .init("The Spotify Web API.", valueName: "url", visibility: .hidden))
  var spotifyURL = SpotifyFeatures.address
  @Option(help: .init("The service that gives Spotify's tokens.", valueName: "url", visibility: .hidden))
  var spotifyAccountsURL = SpotifyToken.address
  @Option(help: .init("ReccoBeats.", valueName: "url", visibility: .hidden))
  var reccobeatsURL = ReccoBeatsFeatures.address
  @Option(help: .init("Seconds that a request may take.", valueName: "seconds", visibility: .hidden))
  var timeout = 30.0

  /// The sources that `--from` names, in its order.
  /// - Throws: `UsageError` for a name that is neither provider nor file, a provider named twice, no credentials.
  func sources(_ names: [String], client: (_ service: String) -> ServiceClient) throws -> [FeatureFill.Source] {
    guard timeout > 0, timeout <= 3600 else { throw UsageError("--timeout must be above 0 and at most 3600 seconds.") }
    for name in ["reccobeats", "spotify"] where names.count(where: { $0 == name }) > 1 {
      throw UsageError("--from \(name) is there twice.")
    }
    return try names.map { name in
      switch name {
      case "reccobeats":
        let address = try checked(reccobeatsURL)
        return .provider(ReccoBeatsFeatures(address: address, client: client("ReccoBeats")))
      case "spotify":
        return .provider(
          SpotifyFeatures(
            credentials: try credentials(), address: try checked(spotifyURL),
            accountsAddress: try checked(spotifyAccountsURL), client: client("Spotify")))
      default:
        guard access(name, R_OK) == 0 else {
          throw UsageError("--from \(name): there is no such file, and the providers are reccobeats and spotify.")
        }
        return .file(name)
      }
    }
  }

  private func credentials() throws -> SpotifyCredentials {
    let (id, secret) = (getenv("SPOTIFY_CLIENT_ID"), getenv("SPOTIFY_CLIENT_SECRET"))
    guard let id, let secret, id[0] != 0, secret[0] != 0 else {
      throw UsageError(
        "--from spotify needs SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET in the environment, from "
          + "developer.spotify.com/dashboard. Without them, take a file of features or --from reccobeats.")
    }
    return SpotifyCredentials(id: String(cString: id), secret: String(cString: secret))
  }

  /// An address without slashes at its end.
  private func checked(_ address: String) throws -> String {
    var address = address
    while address.hasSuffix("/") { address.removeLast() }
    let host = ["https://", "http://"].first(where: address.hasPrefix).map { address.dropFirst($0.count) }
    guard let first = host?.first, !"/:?#".contains(first), !address.contains(where: \.isWhitespace) else {
      throw UsageError("\(address) is no address: it must be https:// or http:// and a host.")
    }
    return address
  }
}
