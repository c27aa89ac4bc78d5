/// `gather_rows`.
extension OpenCLBackend {
  package func gatherRows(_ rows: [Int32], of table: Tensor, width: Int, absent: Float, into result: Tensor) throws {
    requireGather(rows, of: table, width: width, into: result)
    guard !rows.isEmpty else { return }
    let kernel = try kernel("gather_rows")
    try rowUploads.send(rows) { buffer, sent in
      try kernel.set(
        .input(table), .buffer(buffer), .uint(rows.count), .uint(width), .float(absent), .output(result))
      let launch = try queue.launch(
        kernel, groups: (rows.count.divided(roundingUpBy: kernel.groupSize.1), 1, 1), after: sent)
      try queue.flush()
      return launch
    }
  }
}
