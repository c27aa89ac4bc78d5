internal import Files

/// A model's weights as files keep them: one float32 tensor for each entry of its layout, under Keras's names.
package enum Weights {
  /// The slab's values out of a weights file.
  /// - Parameters:
  ///   - path: names as in `ParameterLayout`, or the same under `initial/` (the reference files).
  /// - Throws: `InputError` when a tensor is missing, has another shape or dtype, or holds a number that is not finite.
  package static func read(path: String, layout: ParameterLayout) throws -> [Float] {
    let file = try Safetensors(path: path)
    var slab = [Float](repeating: 0, count: layout.count)
    for entry in layout.entries where entry.count > 0 {
      let name =
        file.entries[entry.name] == nil && file.entries["initial/" + entry.name] != nil
        ? "initial/" + entry.name : entry.name
      let values = try file.values(name, shape: entry.shape)
      guard values.allSatisfy(\.isFinite) else {
        throw InputError(path: path, reason: "tensor \(name) holds a number that is not finite")
      }
      layout.put(values, of: entry, into: &slab)
    }
    return slab
  }

  /// The slab as named tensors.
  /// - Parameter prefix: which entries, by the start of their names; all by default.
  package static func contents(_ slab: [Float], layout: ParameterLayout, prefixes: [String] = [""])
    -> [Safetensors.Content]
  {
    layout.entries.filter { entry in prefixes.contains { entry.name.hasPrefix($0) } }.map {
      Safetensors.Content(name: $0.name, shape: $0.shape, values: layout.values(of: $0, in: slab))
    }
  }
}
