/// A row-major matrix on the device: a tensor and the distance between its rows.
package struct Matrix {
  let tensor: Tensor
  let stride: Int

  package init(tensor: Tensor, stride: Int) { (self.tensor, self.stride) = (tensor, stride) }
}

/// What a work-group computes of a product, `depth` products at a time.
struct ProductTile {
  let rows, columns, depth: Int
}

extension OpenCLBackend {
  package enum Transposition: String, CaseIterable, Sendable {
    case none = "gemm"
    /// The left matrix is stored as (k, m).
    case left = "gemm_left_transposed"
    /// The right matrix is stored as (n, k).
    case right = "gemm_right_transposed"
  }

  /// C ← A·B; A (m, k), B (k, n), C (m, n). With `reducedProducts`, operands are rounded to that precision first.
  package func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, m: Int, n: Int, k: Int, transposing: Transposition = .none
  ) throws(ComputeError) {
    let kernel = try productKernel(transposing)
    let place = try kernel.set(.input(a.tensor), .uint(a.stride), .input(b.tensor), .uint(b.stride))
    let tiles = tileCounts(m: m, n: n)
    let chunk = chunk(k, tiles: tiles.rows * tiles.columns)
    let parts = k.divided(roundingUpBy: chunk)
    guard parts > 1 else {
      try kernel.set(
        .output(c.tensor), .uint(c.stride), .uint(m), .uint(n), .uint(k), .uint(chunk), from: place)
      return try queue.launch(kernel, groups: (tiles.rows, tiles.columns, 1))
    }
    precondition(c.stride == n, "multiply: a product in parts needs rows without gaps, got stride \(c.stride) of \(n)")
    let partials = try scratch(.partialProducts, count: parts * m * n)
    try kernel.set(
      .buffer(partials), .ulong(0), .uint(n), .uint(m), .uint(n), .uint(k), .uint(chunk), from: place)
    try queue.launch(kernel, groups: (tiles.rows, tiles.columns, parts))
    try sum(partials, parts: parts, count: m * n, into: c.tensor)
  }

  /// sums ← Σ over the rows of `matrix` (m, n).
  func sumColumns(_ matrix: Tensor, m: Int, n: Int, into sums: Tensor) throws(ComputeError) {
    let chunk = max(16, m.divided(roundingUpBy: 512))
    let parts = m.divided(roundingUpBy: chunk)
    let partials = try scratch(.partialProducts, count: parts * n)
    let kernel = try kernel("column_sums")
    try kernel.set(.input(matrix), .uint(m), .uint(n), .uint(chunk), .buffer(partials))
    try queue.launch(kernel, columns: n, rows: parts)
    try sum(partials, parts: parts, count: n, into: sums)
  }

  private func sum(_ partials: OpenCLBuffer, parts: Int, count: Int, into sums: Tensor) throws(ComputeError) {
    let kernel = try kernel("sum_partials")
    try kernel.set(.buffer(partials), .uint(parts), .ulong(count), .output(sums))
    try queue.launch(kernel, columns: count)
  }

  private func productKernel(_ transposition: Transposition) throws(ComputeError) -> OpenCLKernel {
    guard let reducedProducts else { return try kernel(transposition.rawValue) }
    if let kernel = reducedKernels[transposition] { return kernel }
    let kernel = try reducedProducts.program(for: description, parameters).makeKernel(
      transposition.rawValue + "_reduced")
    reducedKernels[transposition] = kernel
    return kernel
  }

  private var productTile: ProductTile {
    guard reducedProducts == nil else { return ReducedProducts.tile }
    let product = parameters.product
    return ProductTile(rows: product.tileRows, columns: product.tileColumns, depth: product.tileDepth)
  }

  private func tileCounts(m: Int, n: Int) -> (rows: Int, columns: Int) {
    (m.divided(roundingUpBy: productTile.rows), n.divided(roundingUpBy: productTile.columns))
  }

  /// How many of the k products one work-group adds up: all of them, unless that leaves compute units idle. At least
  /// 256, so that the parts are worth adding, and whole tiles.
  private func chunk(_ k: Int, tiles: Int) -> Int {
    let wanted = description.computeUnits * parameters.groupsPerComputeUnit / max(tiles, 1)
    let parts = max(1, min(wanted, k / 256))
    return max(k, 1).divided(roundingUpBy: parts).divided(roundingUpBy: productTile.depth) * productTile.depth
  }
}
