package import Compute
package import Sequences

/// The forward and backward pass of one kind of model over a batch.
package protocol TrainingPass: AnyObject {
  /// Gradients of the last `backward`, laid out like the parameters.
  var gradients: Tensor { get }
  /// Losses of a batch.
  /// - Parameters:
  ///   - table: what the batch's rows are rows of.
  ///   - lossSums: receives each loss's sum. (losses)
  ///   - step: number of the training step, which decides what is dropped; nil to drop nothing, as in validation.
  func forward(_ batch: Batch, of table: DeviceTable, lossSums: Tensor, step: Int?) throws
  /// Gradients of the losses of the last `forward` of a training step into `gradients`.
  func backward() throws
}
