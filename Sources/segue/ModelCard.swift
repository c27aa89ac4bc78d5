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

  private var headNames: [String] { description.model.heads.map(\.name) }

  /// Losses of the last epoch, and which epoch's weights were kept.
  var metrics: String {
    var fields = ["\"epochs\":\(progress.epochsLogged)"]
    if let record = progress.lastRecord { fields += TrainingLog.losses(record, headNames: headNames) }
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
      zip(headNames, record.headLosses).map { "| \($0) | \(decimal($1, 4)) |" }.joined(separator: "\n")
    }
    return """
      # A playlist model made by Segue\(isSynthetic ? " from a synthetic set" : "")

      An encoder-decoder of \(model.layers) LSTM layer\(model.layers == 1 ? "" : "s") a side with \(model.hiddenSize) units, \
      \(parameterCount) parameters. It reads songs as \(model.inputSize) numbers and predicts the next song's, which are snapped \
      to the nearest song of its catalogue (\(training.songs) songs).

      - Trained on a split `\(training.split)` of \(training.playlists) playlists (\(training.rows) rows), \(lengths), \
      objective `\(training.objective)`, \(progress.epochsLogged) epochs in batches of \(training.batchSize), RMSprop at \
      \(training.learningRate) (`\(training.schedule)`), seed \(training.seed), on \(device.name).
      - The weights are those \(kept).
      \(isSynthetic ? "- Songs and playlists are synthetic: the numbers say nothing about real music.\n" : "")- `train.pids` names the training playlists; never evaluate on them.

      | head | training loss, last epoch |
      |---|---|
      \(losses ?? "")

      **What it is for.** Songs that sound as if they belong to a playlist, songs that nobody has played yet included.
      **What it is not for.** Guessing what people play together: it knows no song, only how songs sound, and it tends to
      the same few songs for everybody. `segue evaluate` measures it beside simple rivals; the most popular songs win.

      Weights: `model.safetensors`, Keras's names and shapes, gates in the order i f c o. Settings: `config.json`.

      """
  }
}
