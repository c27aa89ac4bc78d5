internal import CMicroKernels

/// The products outside the time loop: by our vector kernels on AVX-512 and AVX2, by OpenBLAS on every other processor.
extension CPUBackend {
  /// out (rowCount × columns) ← left · matrix.
  /// - Parameters:
  ///   - left: (rowCount, inner), contiguous
  ///   - matrix: (inner, columns), or (columns, inner) when `transposed`
  ///   - finish: is given runs of rows of `out` when they are computed, while they lie in a cache.
  func multiplyRows(
    _ rowCount: Int, _ left: UnsafePointer<Float>, inner: Int, matrix: Tensor, columns: Int, transposed: Bool = false,
    into out: UnsafeMutablePointer<Float>, finish: ((Range<Int>) -> Void)? = nil
  ) throws {
    if kernels.pointee.leavesProductsToBLAS {
      let right = matrix.host
      // By shards, because OpenBLAS rounds a row differently at the edge of a matrix.
      forEachRun(of: rowCount, parts: shardCount) { _, rows in
        BLAS.multiply(
          rows.count, columns, inner, left + rows.lowerBound * inner, lda: inner, right,
          ldb: transposed ? inner : columns, transposeB: transposed, into: out + rows.lowerBound * columns, ldc: columns
        )
        finish?(rows)
      }
      return
    }
    let packed = try panels(
      transposed ? .transposed(rows: inner, columns: columns) : .matrix(rows: inner, columns: columns), of: matrix)
    forEachRun(of: rowCount, parts: workers(forTokens: rowCount)) { _, rows in
      let blockSize = finish == nil ? max(1, rows.count) : 96
      for first in stride(from: rows.lowerBound, to: rows.upperBound, by: blockSize) {
        let block = first..<min(first + blockSize, rows.upperBound)
        var product = SegueRowProduct(
          packedMatrix: packed, left: left + first * inner, leftStride: inner, inner: inner,
          out: out + first * columns, columns: columns, rows: nil, rowCount: block.count)
        kernels.pointee.rowProduct(&product)
        finish?(block)
      }
    }
  }

  /// sums ← Σ over the rows of `matrix`, in their order, in 64 bits. (columns)
  /// - Parameter matrix: (rowCount, columns)
  func sumColumns(
    _ matrix: UnsafePointer<Float>, rowCount: Int, columns: Int, into sums: UnsafeMutablePointer<Float>
  ) {
    forEachRun(of: columns, parts: max(1, min(columns, workers(forNumbers: rowCount * columns)))) { _, own in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: own.count) { totals in
        totals.initialize(repeating: 0)
        for row in 0..<rowCount {
          let values = matrix + row * columns + own.lowerBound
          for column in 0..<own.count { totals[column] += Double(values[column]) }
        }
        for column in 0..<own.count { sums[own.lowerBound + column] = Float(totals[column]) }
      }
    }
  }

  /// out (m × n) ← Σ over tokens of leftᵀ · right, shard by shard, then summed in order.
  /// - Parameters:
  ///   - left: (tokenCount, m) with row distance `leftStride`
  ///   - right: (tokenCount, n)
  func multiplyOverTokens(
    _ tokenCount: Int, left: UnsafePointer<Float>, leftStride: Int, m: Int, right: UnsafePointer<Float>, n: Int,
    into out: UnsafeMutablePointer<Float>
  ) throws {
    let partial = try workspace(.gradientShards, count: (shardCount - 1) * m * n)
    func target(of shard: Int) -> UnsafeMutablePointer<Float> { shard == 0 ? out : partial + (shard - 1) * m * n }
    if let transposedProduct = kernels.pointee.transposedProduct,
      let transposedScratch = kernels.pointee.transposedScratch
    {
      // Workers beyond the shards share the columns, which changes no sum.
      let width = kernels.pointee.panelWidth
      let panels = (n + width - 1) / width
      let runs = min(panels, (pool.threadCount + shardCount - 1) / shardCount)
      let parts = shardCount * runs
      let scratchSize = transposedScratch((panels + runs - 1) / runs * width)
      let scratch = try workspace(.transposedProducts, count: min(parts, pool.threadCount) * scratchSize)
      pool.run(parts) { part in
        let (shard, number) = part.quotientAndRemainder(dividingBy: runs)
        let tokens = run(shard, of: shardCount, in: tokenCount)
        let ownPanels = run(number, of: runs, in: panels)
        let columns = ownPanels.lowerBound * width..<min(n, ownPanels.upperBound * width)
        var product = SegueTransposedProduct(
          left: left + tokens.lowerBound * leftStride, leftStride: leftStride, leftColumns: m,
          right: right + tokens.lowerBound * n + columns.lowerBound, rightStride: n, rightColumns: columns.count,
          tokenCount: tokens.count, out: target(of: shard) + columns.lowerBound, outStride: n,
          scratch: scratch + pool.worker(running: part) * scratchSize)
        transposedProduct(&product)
      }
    } else {
      forEachRun(of: tokenCount, parts: shardCount) { shard, tokens in
        BLAS.multiply(
          m, n, tokens.count, left + tokens.lowerBound * leftStride, lda: leftStride, transposeA: true,
          right + tokens.lowerBound * n, ldb: n, into: target(of: shard), ldc: n)
      }
    }
    forEachRun(of: m * n, parts: pool.threadCount) { _, elements in
      for shard in 1..<max(1, shardCount) {
        for element in elements { out[element] += partial[(shard - 1) * m * n + element] }
      }
    }
  }
}
