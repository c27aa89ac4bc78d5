internal import HTTPTypes
internal import Files
internal import Logging
internal import Recommendation
internal import Synchronization

/// Holds the model that answers, and exchanges it while requests are on their way: those that began with the old one end
/// with it.
final class ModelHost: Sendable {
  private let model = Mutex<ServedModel?>(nil)
  private let path: String
  private let load: @Sendable (String) throws -> ServedModel
  private let metrics: ServerMetrics
  /// Loading takes a processor for so long that requests would wait for it on a machine of one or two.
  private let loading = Work("loading")

  init(path: String, metrics: ServerMetrics, load: @escaping @Sendable (String) throws -> ServedModel) {
    (self.path, self.metrics, self.load) = (path, metrics, load)
  }

  /// The model that answers now.
  /// - Throws: `APIError` 503 while there is none.
  var current: ServedModel {
    get throws {
      guard let model = ready else {
        throw APIError.busy(.serviceUnavailable, "The model is being loaded.", retryAfter: 1)
      }
      return model
    }
  }

  /// Nil while there is none.
  var ready: ServedModel? { model.withLock { $0 } }

  /// Loads the folder, the first time or again. What happens to its files afterwards does not reach the model.
  /// - Throws: `InputError`; the old model then goes on.
  func reload() async throws {
    do {
      let new = try await loading.run { [load, path] in try MappedFile.$copies.withValue(true) { try load(path) } }
      model.withLock { $0 = new }
      metrics.countSwap(succeeded: true)
    } catch {
      metrics.countSwap(succeeded: false)
      throw error
    }
  }
}
