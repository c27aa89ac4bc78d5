import ArgumentParser
import Evaluation
import Recommendation

/// What is given of each playlist, and who continues it.
struct EvaluationOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Songs given of each playlist, K; several give a table each.", valueName: "k,k"))
  var seeds = "10"
  @Option(help: "Which songs are given: the first K, or K at random (the same ones every time).")
  var seedChoice = SeedChoice.first
  @Option(help: ArgumentHelp("Methods, separated by commas, or all.", valueName: "a,b|all")) var methods = "all"

  func validate() throws {
    _ = try seedCounts()
    _ = try methodNames()
  }

  /// In the order given, repeats dropped.
  func seedCounts() throws -> [Int] {
    var counts: [Int] = []
    for text in seeds.split(separator: ",", omittingEmptySubsequences: false) {
      guard let count = Int(text), (1...Recommender.idLimit).contains(count) else {
        throw ValidationError("--seeds must be numbers in 1…1000, separated by commas, got \(seeds).")
      }
      if !counts.contains(count) { counts.append(count) }
    }
    return counts
  }

  /// In the order given, repeats dropped.
  func methodNames() throws -> [String] {
    if methods == "all" { return EvaluationMethods.names }
    var names: [String] = []
    for name in methods.split(separator: ",").map(String.init) {
      guard EvaluationMethods.names.contains(name) else {
        throw ValidationError(
          "--methods \(name) is unknown. Use \(EvaluationMethods.names.joined(separator: ", ")), or all.")
      }
      if !names.contains(name) { names.append(name) }
    }
    guard !names.isEmpty else { throw ValidationError("--methods names none.") }
    return names
  }
}

extension SeedChoice: ExpressibleByArgument {}
