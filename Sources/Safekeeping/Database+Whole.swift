package import Store

extension Database {
    /// Refuses a database that a restore or a move has not finished filling.
    package func refuseHalfFilled() async throws {
        if let source = try await Arrival.unfinished(self) {
            throw SafekeepingError.unfinished(source)
        }
    }
}
