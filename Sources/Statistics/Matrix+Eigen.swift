import CLAPACK

extension Matrix {
    /// The eigenvalues of a symmetric matrix, smallest first, with eigenvectors as columns.
    package func symmetricEigen() throws(NumericsError) -> (values: [Double], vectors: Matrix) {
        precondition(rows == columns, "a square matrix")
        guard rows > 0 else { return ([], self) }
        var vectors = self
        var eigenvalues = Array(repeating: 0.0, count: rows)
        var (n, lda) = (Int32(rows), Int32(rows))
        var length = Int32(max(1, 3 * rows))
        var work = Array(repeating: 0.0, count: Int(length))
        var info: Int32 = 0
        dsyev_("V", "L", &n, &vectors.values, &lda, &eigenvalues, &work, &length, &info)
        guard info == 0 else { throw .singular }
        return (eigenvalues, vectors)
    }
}
