import Evaluation
import Files
import FoundationEssentials
import Learning

/// The results of a cross-validation's finished parts, one method on one fold each, as files of a folder: what an
/// interrupted run, or one that asks for more methods, need not do again. No song is named in them.
struct CrossValidationStore {
  /// One method on one fold.
  struct Kept: Codable {
    struct Result: Codable {
      /// Songs given, K.
      var seeds: Int
      var outcome: MethodOutcome
    }

    /// Everything that decided the figures.
    var settings: String
    /// One for each number of songs given.
    var results: [Result]
    /// Wall time of the training of a model, and its configuration, the device among it; nil for other methods.
    var trainingSeconds: Double?
    var configuration: ModelDescription?

    /// In the order of `sets`; nil unless there is one for each, on as many playlists.
    func outcomes(on sets: [EvaluationSet]) -> [MethodOutcome]? {
      let found = sets.compactMap { set in
        results.first { $0.seeds == set.seedCount && $0.outcome.playlistCount == set.cases.count }?.outcome
      }
      return found.count == sets.count ? found : nil
    }
  }

  let folder: String

  private func path(_ method: String, fold: Int) -> String {
    "\(folder)/fold-\(fold)-\(method.replacing("/", with: "-")).json"
  }

  /// What was kept of a method on a fold with the very same settings; nil when there is nothing of use.
  func kept(_ method: String, fold: Int, settings: String, sets: [EvaluationSet]) throws -> Kept? {
    let path = path(method, fold: fold)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      let kept = try decoder.decode(Kept.self, from: Data(MappedFile.text(path: path).utf8))
      return kept.settings == settings && kept.outcomes(on: sets) != nil ? kept : nil
    } catch is DecodingError {
      Console.print("\(path): damaged; done again")
      return nil
    }
  }

  /// - Throws: `OutputError`.
  func keep(_ kept: Kept, of method: String, fold: Int) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(kept)), to: path(method, fold: fold))
  }
}
