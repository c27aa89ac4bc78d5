internal import Hummingbird
internal import NIOCore

/// What is known of a request besides itself.
struct VisitContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The address that it came from; empty for one without.
  let address: String

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    address = source.channel.remoteAddress?.ipAddress ?? ""
  }
}
