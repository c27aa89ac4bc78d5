import ArgumentParser
import Compute
import Dispatch
import Files
import Glibc
import Recommendation
import Server
import Synchronization

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serves a model: a web page and an API.",
    discussion: """
      Every setting is taken from its flag, else from the environment (SEGUE_PORT for --port), else from the file of \
      --config, else it has its standard value; --print-config prints them all as such a file, with explanations. The API \
      is described at /api. SIGHUP loads the model folder again without a failed request, SIGTERM and Ctrl-C end what is \
      running and stop.
      """)

  @Argument(help: "The model folder.") var model: String
  @Option(help: ArgumentHelp("The address to listen at (default: 127.0.0.1, this machine only).", valueName: "address"))
  var host: String?
  @Option(help: ArgumentHelp("The port (default: 8080).", valueName: "number")) var port: String?
  @Option(help: ArgumentHelp("The folder of users' data (default: segue-data).", valueName: "folder")) var data: String?
  @Option(help: ArgumentHelp("Your own recordings, for listening.", valueName: "folder")) var audioFolder: String?
  @Option(help: ArgumentHelp("A certificate and its chain (PEM), for HTTPS.", valueName: "file")) var tlsCert: String?
  @Option(help: ArgumentHelp("The certificate's key (PEM).", valueName: "file")) var tlsKey: String?
  @Option(help: ArgumentHelp("Whether a proxy that speaks HTTPS stands before it.", valueName: "true|false"))
  var behindProxy: String?
  @Option(
    help: ArgumentHelp(
      "Requests a second from one address (default: 50, on loopback any number).", valueName: "number"))
  var rateLimit: String?
  @Option(help: ArgumentHelp("Requests that may wait for the model (default: 64).", valueName: "number"))
  var queue: String?
  @Option(help: ArgumentHelp("Connections at a time (default: 1024).", valueName: "number")) var connections: String?
  @Option(help: ArgumentHelp("Processors for the model (default: all).", valueName: "number")) var threads: String?
  @Option(help: ArgumentHelp("debug says every request (default: info).", valueName: "level")) var logLevel: String?
  @Option(help: ArgumentHelp("A TOML file of settings.", valueName: "file")) var config: String?
  @Flag(help: "Print the settings that would be used, as such a file, and end.") var printConfig = false

  func run() throws {
    try reportingErrors {
      let settings = try ServerSettings(flags: flags, environment: Self.environment, file: config)
      if printConfig { return print(settings.toml, terminator: "") }
      umask(0o077)  // users' data are nobody else's
      let server = try WebServer(model: model, settings: settings) { folder in
        try folder.makeRecommender(on: try CPUBackend(threads: settings.threads))
      }
      try waiting {
        try await server.run { port in
          let scheme = settings.usesTLS ? "https" : "http"
          let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
          Console.print("serving at \(scheme)://\(host):\(port)/  (Ctrl-C ends)")
        }
      }
    }
  }

  private var flags: [String: String] {
    [
      "host": host, "port": port, "data": data, "audio_folder": audioFolder, "tls_cert": tlsCert, "tls_key": tlsKey,
      "behind_proxy": behindProxy, "rate_limit": rateLimit, "queue": queue, "connections": connections,
      "threads": threads, "log_level": logLevel,
    ].compactMapValues(\.self)
  }

  private static var environment: [String: String] {
    Dictionary(
      uniqueKeysWithValues: ServerSettings.keys.compactMap { key in
        getenv(key.environmentName).map { (key.environmentName, String(cString: $0)) }
      })
  }
}

/// Runs asynchronous work from a command, which is not, and waits for it.
private func waiting(_ body: @escaping @Sendable () async throws -> Void) throws {
  let result = Mutex<Result<Void, any Error>?>(nil)
  let done = DispatchSemaphore(value: 0)
  Task {
    do {
      try await body()
      result.withLock { $0 = .success(()) }
    } catch { result.withLock { $0 = .failure(error) } }
    done.signal()
  }
  done.wait()
  try result.withLock { $0! }.get()
}
