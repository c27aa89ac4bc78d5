import Compute
import Learning

/// What a model folder says of itself: `metrics.json` for programs, `README.md` for people.
struct ModelCard {
  let description: ModelDescription
  let parameterCount: Int
  let device: Device
  let progress: TrainingProgress
  /// Whether the songs were made by the program.
  let isSynthetic: Bool

  private var lossNames: [String] { description.model.lossNames }

  /// Losses of the last epoch, and which epoch's weights were kept.
  var metrics: String {
    var fields = ["\"epochs\":\(progress.epochsLogged)"]
    if let record = progress.lastRecord { fields += TrainingLog.losses(record, lossNames: lossNames) }
    fields += [
      "\"synthetic\":\(isSynthetic)",
      "\"best_epoch\":\(progress.bestEpoch.map { "\($0)" } ?? "null")",
      "\"best_val_loss\":\(progress.bestValidationLoss.map { "\($0)" } ?? "null")",
      "\"device\":\(jsonString(device.name))", "\"driver\":\(jsonString(device.driver))",
    ]
    return "{\n  " + fields.map { $0.replacing(":", with: ": ", maxReplacements: 1) }.joined(separator: ",\n  ")
      + "\n}\n"
  }

  var text: String {
    let (model, training) = (description.model, description.training)
    let kept =
      progress.bestEpoch.map {
        "of epoch \($0), which had the lowest validation loss (\(decimal(progress.bestValidationLoss ?? 0, 4)))"
      }
      ?? "of the last epoch (no validation playlists)"
    let lengths = training.paddedLength.map { "padded to \($0) songs" } ?? "at their true lengths"
    let losses = progress.lastRecord.map { record in
      zip(lossNames, record.headLosses).map { "| \($0) | \(decimal($1, 4)) |" }.joined(separator: "\n")
    }
    return """
      # A playlist model made by Segue\(isSynthetic ? " from a synthetic set" : "")

      \(architecture)

      - Trained on a split `\(training.split)` of \(training.playlists) playlists (\(training.rows) rows), \(lengths), \
      objective `\(training.objective)`, \(progress.epochsLogged) epochs in batches of \(training.batchSize), \
      \(training.optimizer == .adamw ? "AdamW" : "RMSprop") at \(training.learningRate) (`\(training.schedule)`), seed \
      \(training.seed), on \(device.name).
      - The weights are those \(kept).
      \(isSynthetic ? "- Songs and playlists are synthetic: the numbers say nothing about real music.\n" : "")- `train.pids` names the training playlists\
      \(model.catalogue == nil ? "" : ", `train.playlists` holds their songs"); never evaluate on them.

      | loss | training, last epoch |
      |---|---|
      \(losses ?? "")

      \(purpose)

      Weights: `model.safetensors`, Keras's names and shapes, gates in the order i f c o. Settings: `config.json`.

      """
  }

  private var architecture: String {
    let (model, training) = (description.model, description.training)
    let layers = "\(model.layers) LSTM layer\(model.layers == 1 ? "" : "s") a side with \(model.hiddenSize) units"
    guard let catalogue = model.catalogue else {
      return """
        An encoder-decoder of \(layers), \(parameterCount) parameters. It reads songs as \(model.inputSize) numbers and \
        predicts the next song's, which are snapped to the nearest song of its catalogue (\(training.songs) songs).
        """
    }
    let without =
      training.without.isEmpty ? "" : " Left out: \(training.without.map(\.rawValue).joined(separator: ", "))."
    return """
      An encoder-decoder of \(layers), \(parameterCount) parameters. Of every song of its catalogue (\(training.songs) songs) \
      it has learned a vector of \(catalogue.dimension) numbers: its own, its artist's, and one made of its \
      \(training.vectors == nil ? "audio features" : "given vectors"). A \
      playlist's state (\(catalogue.state.map(\.rawValue).joined(separator: " + "))) scores all of them; what stood together in \
      the training playlists is added\(description.ranking.reranks ? ", and a small network orders the best" : "").\
      \(training.without.contains(.decoder) ? "" : " The decoder says how the next songs sound.")\(without)
      """
  }

  private var purpose: String {
    description.model.catalogue == nil
      ? """
      **What it is for.** Songs that sound as if they belong to a playlist, songs that nobody has played yet included.
      **What it is not for.** Guessing what people play together: it knows no song, only how songs sound, and it tends to
      the same few songs for everybody. `segue evaluate` measures it beside simple rivals; the most popular songs win.
      """
      : """
      **What it is for.** Songs that go on a playlist: what people play together, and, by artist and sound, songs that
      nobody has played yet. `segue evaluate` measures it beside its rivals.
      **What it is not for.** Other catalogues: songs that it does not know can be added (`segue add`), but what people
      play with them it learns only in a new training.
      """
  }
}
