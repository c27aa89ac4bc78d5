internal import Compute

extension OperationCase {
  /// `gatherRows`: rows that come again and rows that are absent, widths around a work-group's columns.
  static let gatherCases: [OperationCase] =
    [
      (1, 1, 1), (1, 2, 29), (2, 7, 16), (13, 17, 15), (15, 61, 17), (16, 64, 29), (17, 5, 31), (63, 64, 33),
      (64, 9, 1), (65, 257, 29), (257, 31, 10), (20_011, 4099, 29),
    ]
    .enumerated().map { index, size in
      gatherRows(count: size.0, tableRows: size.1, width: size.2, margin: index % 2 == 0 ? 64 : 67)
    } + [
      gatherRows(count: 0, tableRows: 3, width: 29),
      gatherRows(count: 67, tableRows: 11, width: 29, absentShare: 1),
      gatherRows(count: 67, tableRows: 11, width: 29, absentShare: 0, margin: 67),
    ]

  /// - Parameter absentShare: how many of the rows are −1.
  private static func gatherRows(
    count: Int, tableRows: Int, width: Int, absentShare: Float = 0.25, margin: Int = 64
  ) -> OperationCase {
    OperationCase(
      operation: "gatherRows",
      label: "\(count) of \(tableRows), width \(width), \(Int(100 * absentShare)) % absent, offset \(margin)",
      isSmall: count < 10_000
    ) { trial in
      trial.margin = margin
      var data = TestData(seed: 41)
      let values = data.normal(tableRows * width)
      var rows = (0..<count).map { _ in
        data.uniform(1)[0] < absentShare ? -1 : Int32(data.integer(in: 0...tableRows - 1))
      }
      if absentShare < 1 && count > 1 { rows[count - 1] = Int32(tableRows - 1) }  // the table's last row
      let result = try trial.output("result", count: count * width, room: 35)
      try trial.backend.gatherRows(
        rows, of: try trial.input("table", values), width: width, absent: 0.75, into: result)
      try trial.expect(
        "result", result[0..<count * width], within: .exact,
        equals: Reference.gatherRows(rows, of: values.wide, width: width, absent: 0.75))
    }
  }
}
