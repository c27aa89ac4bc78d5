internal import Files
internal import Glibc
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOSSL
package import Recommendation
internal import ServiceLifecycle
internal import Services
internal import UnixSignals

/// The page and the API over one model: listens at once, answers 503 until the model is loaded, exchanges it on SIGHUP,
/// and ends what is running on SIGTERM and SIGINT.
package struct WebServer: Sendable {
  private let settings: ServerSettings
  private let host: ModelHost
  private let store: UserStore
  private let metrics: ServerMetrics
  private let recordings: Recordings
  private let details: SpotifyDetails
  private let logger: Logger

  /// How long requests that are running may take to end after a signal.
  private static let stopSeconds: Int64 = 20
  /// Connections on which nothing moves are closed.
  private static let idleSeconds: Int64 = 60

  /// - Parameters:
  ///   - model: the model folder.
  ///   - makeRecommender: makes a recommender on a backend of the caller's choice.
  /// - Throws: `InputError`, `OutputError` for folders and files that cannot be used.
  package init(
    model: String, settings: ServerSettings,
    makeRecommender: @escaping @Sendable (ModelFolder) throws -> any SongRecommender
  ) throws {
    self.settings = settings
    var logger = Logger(label: "segue") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = Logger.Level(rawValue: settings.logLevel) ?? .info
    self.logger = logger
    store = try UserStore(folder: settings.data)
    recordings = try Recordings(folder: settings.audioFolder)
    details = SpotifyDetails(service: Self.spotify(settings, logger))
    let metrics = ServerMetrics()
    self.metrics = metrics
    let queueLimit = settings.queue
    host = ModelHost(path: model, metrics: metrics) { path in
      try ServedModel(path: path, queueLimit: queueLimit, metrics: metrics, makeRecommender: makeRecommender)
    }
  }

  /// Serves until a signal ends it.
  /// - Parameter onReady: is told the port and that the model is there.
  /// - Throws: `InputError` for a model or certificate that cannot be used; `OutputError` when the port is taken.
  package func run(onReady: @escaping @Sendable (_ port: Int) -> Void = { _ in }) async throws {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let application = Application(
      responder: responder(),
      server: try server(),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: settings.port), serverName: "segue",
        availableConnectionsDelegate: MaximumAvailableConnections(Self.connections(settings.connections))),
      onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) },
      logger: Self.quiet(logger))
    let loading = Loading(host: host, logger: logger) {
      for await port in ports {
        onReady(port)
        break
      }
    }
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: application), .init(service: loading),
        .init(service: Housekeeping(store: store, logger: logger)),
      ], gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(logger))
    configuration.maximumGracefulShutdownDuration = .seconds(Self.stopSeconds)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch let error as IOError {
      throw OutputError(
        "\(settings.host):\(settings.port): cannot be listened at (\(error)). Choose another --port or --host.")
    }
  }

  /// No more connections than there are descriptors for, because running out of these ends the server.
  private static func connections(_ wanted: Int) -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return max(1, min(wanted, Int(min(limit.rlim_cur, 1 << 20)) - 200))
  }

  /// The framework's own news, of which it tells a stop in the middle of something as an error. Faults of requests are logged by
  /// `ErrorMiddleware`.
  private static func quiet(_ logger: Logger) -> Logger {
    var logger = logger
    logger.logLevel = .critical
    return logger
  }

  private func server() throws -> HTTPServerBuilder {
    let http = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [
          IdleStateHandler(writeTimeout: .seconds(Self.idleSeconds)), StalledWriteHandler(),
        ], idleTimeout: .seconds(Self.idleSeconds), httpDecoderConfiguration: .init(maxHeaderListSize: 32 * 1024)))
    guard let certificate = settings.tlsCertificate, let key = settings.tlsKey else { return http }
    do {
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
      configuration.minimumTLSVersion = .tlsv12
      return try .tls(http, tlsConfiguration: configuration)
    } catch {
      throw InputError(
        path: certificate, reason: "with \(key) cannot be used: \(error)",
        remedy: "Give PEM files that belong together.")
    }
  }

  /// Methods and paths of all routes, such as "GET /api/v1/tracks/{trackId}".
  package var operations: [String] {
    let routes = Routes()
    addRoutes(to: routes)
    return routes.methods.all
  }

  private var visitors: Visitors { Visitors(store: store, isSecure: settings.usesTLS || settings.behindProxy) }

  private func addRoutes(to routes: Routes) {
    PageRoutes().add(to: routes)
    ServiceRoutes(host: host, metrics: metrics).add(to: routes)
    SongRoutes(host: host, recordings: recordings, details: details).add(to: routes)
    PreviewRoutes(host: host, recordings: recordings).add(to: routes)
    RecommendationRoutes(host: host, recordings: recordings, store: store, visitors: visitors, details: details)
      .add(to: routes)
    PlaylistRoutes(host: host, recordings: recordings, store: store, visitors: visitors).add(to: routes)
    HistoryRoutes(host: host, recordings: recordings, store: store, visitors: visitors).add(to: routes)
    AccountRoutes(store: store, visitors: visitors).add(to: routes)
    PlayerRoutes(host: host, recordings: recordings, store: store).add(to: routes)
  }

  /// All routes behind what every request goes through.
  private func responder() -> some HTTPResponder<VisitContext> {
    // Middleware comes before routes, and one of them must know all routes.
    let known = Routes()
    addRoutes(to: known)
    let routes = Routes()
    let isLocal = settings.isLoopback && !settings.behindProxy
    let rate = settings.rateLimit ?? (isLocal ? 0 : ServerSettings.standardRateLimit)
    routes.router.add(middleware: MetricsMiddleware(metrics: metrics))
    routes.router.add(middleware: SecurityHeaders(isSecure: visitors.isSecure))
    routes.router.add(middleware: ErrorMiddleware(methods: known.methods))
    if settings.behindProxy { routes.router.add(middleware: ProxyMiddleware()) }
    if rate > 0 { routes.router.add(middleware: RateLimitMiddleware(limit: RateLimit(rate: rate))) }
    routes.router.add(middleware: OriginCheck())
    addRoutes(to: routes)
    return routes.router.buildResponder()
  }

  private static func spotify(_ settings: ServerSettings, _ logger: Logger) -> SpotifyTracks? {
    guard let id = settings.spotifyClientID, let secret = settings.spotifyClientSecret else { return nil }
    return SpotifyTracks(
      credentials: SpotifyCredentials(id: id, secret: secret), limit: .seconds(2),
      address: settings.spotifyURL ?? SpotifyFeatures.address,
      accountsAddress: settings.spotifyURL ?? SpotifyToken.address, transport: HTTPTransport(timeout: .seconds(2))
    ) { logger.warning("\($0)") }
  }
}

/// Closes a connection on which an answer makes no way, because its client does not read.
private final class StalledWriteHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .write = event as? IdleStateHandler.IdleStateEvent {
      context.close(promise: nil)
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}

/// Loads the model at the start and again on every SIGHUP.
private struct Loading: Service {
  let host: ModelHost
  let logger: Logger
  /// Is called when the model is there for the first time.
  let whenLoaded: @Sendable () async -> Void

  func run() async throws {
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    let start = ContinuousClock.now
    try await host.reload()
    logger.info("the model is loaded", metadata: ["after": "\(ContinuousClock.now - start)"])
    await whenLoaded()
    for await _ in hangups.cancelOnGracefulShutdown() {
      do {
        try await host.reload()
        logger.notice("the model was exchanged")
      } catch {
        logger.error("the new model cannot be used, the old one goes on", metadata: ["error": "\(error)"])
      }
    }
  }
}

/// Forgets sessions that have expired, every hour.
private struct Housekeeping: Service {
  let store: UserStore
  let logger: Logger

  func run() async throws {
    while !Task.isShuttingDownGracefully && !Task.isCancelled {
      do { try await store.forgetExpired() } catch {
        logger.error("housekeeping failed", metadata: ["error": "\(error)"])
      }
      try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(3600)) }
    }
  }
}
