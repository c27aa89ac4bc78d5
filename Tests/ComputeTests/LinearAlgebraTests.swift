import Compute
import Testing

@Suite struct LinearAlgebraTests {
  @Test func `a product is every row of the left with every row of the right`() {
    // (1, 2, 3) and (4, 5, 6) with (1, 0, 2) and (0, 1, −1)
    let left: [Float] = [1, 2, 3, 4, 5, 6]
    let product = left.withUnsafeBufferPointer {
      LinearAlgebra.product($0, rows: 2, [1, 0, 2, 0, 1, -1], transposedColumns: 2)
    }
    #expect(product == [7, -1, 16, -1])
    #expect(left.withUnsafeBufferPointer { LinearAlgebra.product($0, rows: 2, [], transposedColumns: 0) } == [])
  }

  @Test func `a gram matrix is every column with every column, zeros without rows`() {
    #expect(LinearAlgebra.gram([1, 2, 3, 4, 5, 6], columns: 2) == [35, 44, 44, 56])
    #expect(LinearAlgebra.gram([], columns: 2) == [0, 0, 0, 0])
  }
}
