package import Kernel
package import Store

/// The figures of a review as they were when it opened; a snapshot, so a minute never changes.
package struct ReviewFigures: SQLDocument, Sendable, Hashable {
    /// One figure with what it means and where it comes from.
    package struct Line: Codable, Sendable, Hashable {
        package var label: String
        /// The value in words with its unit, such as “14 of 16”; “—” when it is missing.
        package var value: String
        /// The method, the comparison, or why the value is missing.
        package var note: String
        /// What it opens, as `kind:id`.
        package var subject: String?

        package init(label: String, value: String, note: String = "", subject: String? = nil) {
            self.label = label
            self.value = value
            self.note = note
            self.subject = subject
        }
    }

    /// What the plan and the last review said would happen.
    package var said: [Line]
    /// What happened.
    package var happened: [Line]
    /// What nobody expected.
    package var surprises: [Line]

    package init(said: [Line] = [], happened: [Line] = [], surprises: [Line] = []) {
        self.said = said
        self.happened = happened
        self.surprises = surprises
    }
}

/// Where a review's figures of posts, clicks, orders and money come from.
package struct FiguresSource: Sendable {
    /// What happened and what stood out between two local days, both included.
    package var measured:
        @Sendable (WorkspaceID, ReviewCadence.Period, Zone, borrowing Transaction) throws -> (
            happened: [ReviewFigures.Line], surprises: [ReviewFigures.Line]
        )

    package init(
        measured:
            @escaping @Sendable (
                WorkspaceID, ReviewCadence.Period, Zone, borrowing Transaction
            ) throws -> (happened: [ReviewFigures.Line], surprises: [ReviewFigures.Line])
    ) {
        self.measured = measured
    }

    /// No measurements; reviews then show the plan's side only.
    package static let none = FiguresSource { _, _, _, _ in ([], []) }
}
