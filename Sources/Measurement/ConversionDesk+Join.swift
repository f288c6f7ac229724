import Kernel
import Store

extension ConversionDesk {
    /// What adding a conversion came to.
    enum Added: Sendable, Hashable {
        case new
        /// It was here already, with everything that was said now.
        case known
        /// It was here already, and now more is known about it.
        case completed
    }

    /// The conversion that has this number already, from whatever source.
    ///
    /// The same order is often told twice: by the thank-you page, which knows the click, and by the
    /// shop, which knows the amount. It counts once. Of refunds and leads the numbers are their own.
    func known(
        _ draft: ConversionDraft, from source: Conversion.Source, in workspace: WorkspaceID,
        _ tx: borrowing Transaction
    ) throws -> Conversion? {
        let sameKind: SQL =
            draft.refundOf == nil
            ? "refund_of IS NULL AND kind = \(draft.kind)" : "refund_of IS NOT NULL"
        return try tx.first(
            Conversion.self,
            """
            SELECT * FROM conversion WHERE workspace_id = \(workspace)
                AND reference = \(draft.reference) AND (source = \(source) OR (\(sameKind)))
            ORDER BY CASE WHEN source = \(source) THEN 0 ELSE 1 END, key LIMIT 1
            """)
    }

    /// Completes a conversion by what another source says of it, and credits it again if that helps.
    ///
    /// The site's snippet can be called by anybody, so what a signed-in source says of the amount
    /// counts more; the site in turn knows the click and the moment.
    func join(
        _ draft: ConversionDraft, to known: Conversion, from source: Conversion.Source,
        zone: Zone, in workspace: WorkspaceID, by name: String, _ tx: borrowing Transaction
    ) throws -> (Conversion, Added) {
        guard known.kind == draft.kind else { throw MeasurementError.differs(draft.reference) }
        let outranks = known.source == .site && source != .site && draft.refundOf == nil
        guard known.amount == draft.amount || outranks else {
            throw MeasurementError.differs(draft.reference)
        }
        guard known.source != source, known.refundOf == nil, draft.refundOf == nil else {
            return (known, .known)
        }
        let isPlaced = try isPlaced(known, tx)
        let says = draft.token != nil || draft.visitor != nil || draft.slug != nil
        guard outranks || (says && !isPlaced) else { return (known, .known) }
        if outranks { try checkCorrection(of: known, to: draft, tx) }
        try CreditSums.remove(known, tx)
        if says, !isPlaced {
            let slug = try draft.slug.map { try Self.knownSlug($0, workspace, tx) }
            let at = source == .site ? draft.at : known.at
            try tx.execute(
                """
                UPDATE conversion SET token = \(draft.token), visitor = \(draft.visitor),
                    slug = \(slug), at = \(at),
                    day = \(Int64(CivilDate(at, in: zone).daysSinceEpoch))
                WHERE key = \(known.key)
                """)
        }
        if outranks {
            try tx.execute(
                """
                UPDATE conversion SET source = \(source), amount = \(draft.amount.minorUnits),
                    currency = \(draft.amount.currency), bot = 0, recorded_by = \(name)
                WHERE key = \(known.key)
                """)
        }
        let joined = try tx.first(
            Conversion.self,
            """
            UPDATE conversion SET version = version + 1 WHERE key = \(known.key) RETURNING *
            """)
        guard let joined else { throw StoreError.noRow }
        try Self.credit(joined, version: joined.version, in: workspace, tx)
        try CreditSums.add(joined, tx)
        return (joined, .completed)
    }

    /// Whether anything says from which click it came.
    private func isPlaced(_ conversion: Conversion, _ tx: borrowing Transaction) throws -> Bool {
        try tx.first(
            """
            SELECT key FROM conversion WHERE key = \(conversion.key)
                AND (token IS NOT NULL OR visitor IS NOT NULL OR slug IS NOT NULL)
            """) != nil
    }

    /// A corrected order still covers what was given back of it, in its currency.
    private func checkCorrection(
        of known: Conversion, to draft: ConversionDraft, _ tx: borrowing Transaction
    ) throws {
        let back: Int64? = try tx.scalar(
            Int64.self,
            """
            SELECT CAST(SUM(amount) AS BIGINT) AS total FROM conversion
            WHERE refund_of = \(known.key)
            """)
        guard let back else { return }
        guard draft.amount.currency == known.amount.currency, draft.amount.minorUnits + back >= 0
        else { throw MeasurementError.differs(draft.reference) }
    }
}
