import CLAPACK
import Foundation

/// A dense matrix of doubles, column by column as LAPACK reads it.
package struct Matrix: Sendable, Hashable {
    package let rows: Int
    package let columns: Int
    package var values: [Double]

    /// A matrix of `value`s.
    package init(_ rows: Int, _ columns: Int, filledWith value: Double = 0) {
        self.rows = rows
        self.columns = columns
        values = Array(repeating: value, count: rows * columns)
    }

    /// A matrix of columns, all of one length.
    package init(columns: [[Double]]) {
        rows = columns.first?.count ?? 0
        self.columns = columns.count
        values = columns.flatMap { $0 }
        precondition(values.count == rows * self.columns, "columns of one length")
    }

    package subscript(_ row: Int, _ column: Int) -> Double {
        get { values[column * rows + row] }
        set { values[column * rows + row] = newValue }
    }

    /// One column, from the top.
    package func column(_ index: Int) -> ArraySlice<Double> {
        values[(index * rows)..<((index + 1) * rows)]
    }

    package var transposed: Matrix {
        var result = Matrix(columns, rows)
        for column in 0..<columns {
            for row in 0..<rows { result[column, row] = self[row, column] }
        }
        return result
    }

    /// The product of two matrices; sums run in a fixed order.
    package static func * (_ a: Matrix, _ b: Matrix) -> Matrix {
        precondition(a.columns == b.rows, "matching sizes")
        var result = Matrix(a.rows, b.columns)
        guard a.rows > 0, b.columns > 0, a.columns > 0 else { return result }
        var (m, n, k) = (Int32(a.rows), Int32(b.columns), Int32(a.columns))
        var (one, zero) = (1.0, 0.0)
        var (lda, ldb, ldc) = (m, k, m)
        dgemm_(
            "N", "N", &m, &n, &k, &one, a.values, &lda, b.values, &ldb, &zero, &result.values, &ldc)
        return result
    }

    package static func * (_ a: Matrix, _ x: [Double]) -> [Double] {
        (a * Matrix(columns: [x])).values
    }
}

/// What numerics cannot do with what they were given.
package enum NumericsError: Error, Sendable, Hashable {
    /// A matrix that must be positive definite is not; columns may say the same thing.
    case notPositiveDefinite
    /// Equations without one solution.
    case singular
    /// A search that found no minimum; the text is the optimiser's.
    case noMinimum(String)
}

/// The lower triangle L of a positive definite matrix A = L·Lᵀ.
package struct Cholesky: Sendable {
    package let factor: Matrix

    /// Factors `matrix`, of which only the lower triangle is read.
    package init(_ matrix: Matrix) throws(NumericsError) {
        precondition(matrix.rows == matrix.columns, "a square matrix")
        var factor = matrix
        var (n, lda) = (Int32(matrix.rows), Int32(max(1, matrix.rows)))
        var info: Int32 = 0
        dpotrf_("L", &n, &factor.values, &lda, &info)
        guard info == 0 else { throw .notPositiveDefinite }
        for column in 0..<factor.columns {
            for row in 0..<column { factor[row, column] = 0 }
        }
        self.factor = factor
    }

    /// The x of A·x = b.
    package func solve(_ b: [Double]) -> [Double] {
        var x = b
        var (n, one) = (Int32(factor.rows), Int32(1))
        var (lda, ldb) = (Int32(max(1, factor.rows)), Int32(max(1, factor.rows)))
        var info: Int32 = 0
        dpotrs_("L", &n, &one, factor.values, &lda, &x, &ldb, &info)
        return x
    }

    /// Lᵀ⁻¹·z, which for standard normal z has the covariance A⁻¹.
    package func solveTransposed(_ z: [Double]) -> [Double] {
        var x = z
        var (n, one) = (Int32(factor.rows), Int32(1))
        var (lda, ldb) = (Int32(max(1, factor.rows)), Int32(max(1, factor.rows)))
        var info: Int32 = 0
        dtrtrs_("L", "T", "N", &n, &one, factor.values, &lda, &x, &ldb, &info)
        return x
    }

    /// L·z, which for standard normal z has the covariance A.
    package func multiply(_ z: [Double]) -> [Double] { factor * z }

    /// The logarithm of the determinant of A.
    package var logDeterminant: Double {
        var sum = 0.0
        for index in 0..<factor.rows { sum += log(factor[index, index]) }
        return 2 * sum
    }
}
