import Compute
import Verification

extension ReferenceBackend {
  func adamwUpdate(
    parameters: Tensor, gradients: Tensor, firstMoments: Tensor, secondMoments: Tensor, settings: AdamW
  ) throws {
    var (w, m, v) = (try wide(parameters), try wide(firstMoments), try wide(secondMoments))
    Reference.adamwUpdate(
      parameters: &w, gradients: try wide(gradients), firstMoments: &m, secondMoments: &v, settings: settings)
    try write(w, to: parameters)
    try write(m, to: firstMoments)
    try write(v, to: secondMoments)
  }
}
