package import Kernel
import Store

/// A post or a part of the line of sight that figures and lists are narrowed to.
package struct ResultsPlace: Sendable, Hashable {
    package let grain: ResultsGrain
    /// The identifier's text; empty for what belongs to nothing at this grain.
    package let id: String

    package init(_ grain: ResultsGrain, _ id: String) {
        self.grain = grain
        self.id = id
    }

    private func isHere(_ column: SQL) -> SQL {
        id.isEmpty ? "\(column) IS NULL" : "\(column) = \(id)"
    }

    /// Narrows publications, joined to their post, item and objective.
    private var onPublication: SQL {
        switch grain {
        case .posts: isHere("publication.id")
        case .channels: isHere("publication.channel_id")
        case .initiatives: isHere("item.initiative_id")
        case .objectives: isHere(ResultsQuery.objective)
        case .goals: isHere("objective.business_goal_id")
        }
    }

    /// Narrows a column with the identifiers of posts.
    func onPost(_ column: SQL) -> SQL { isHere(column) }

    /// Narrows measured links, by the place that their counts go to.
    func onLink(in workspace: WorkspaceID, place: SQL = "measured_link.place_key") -> SQL {
        grain == .posts
            ? isHere("measured_link.publication_id") : "\(place) IN \(keys(in: workspace))"
    }

    /// The keys of the links that belong here.
    func links(in workspace: WorkspaceID) -> SQL {
        let owner: SQL = "measured_link.workspace_id"
        // Of a workspace's many links, those of a place are found by the place.
        return """
            (SELECT measured_link.key FROM measured_link
                WHERE \(grain == .posts ? owner : .unindexed(owner)) = \(workspace)
                    AND \(onLink(in: workspace)))
            """
    }

    /// The places in the line of sight that belong here; see `PlaceSums`.
    func keys(in workspace: WorkspaceID) -> SQL {
        let column: SQL
        var join: SQL = ""
        switch grain {
        case .posts, .channels: column = "measured_place.channel_id"
        case .initiatives: column = "measured_place.initiative_id"
        case .objectives: column = "measured_place.objective_id"
        case .goals:
            column = "objective.business_goal_id"
            join = "LEFT JOIN objective ON objective.id = measured_place.objective_id"
        }
        return """
            (SELECT measured_place.key FROM measured_place \(join)
                WHERE measured_place.workspace_id = \(workspace) AND \(isHere(column)))
            """
    }

    // MARK: - Costs

    /// From a cost of an initiative to what it counts for.
    static let initiativeCostJoins: SQL = """
        LEFT JOIN initiative_objective
            ON initiative_objective.initiative_id = cost_entry.initiative_id
            AND initiative_objective.is_primary = TRUE
        LEFT JOIN objective AS aim ON aim.id = initiative_objective.objective_id
        """

    /// Narrows costs of initiatives, joined by `initiativeCostJoins`.
    var onInitiativeCost: SQL { grain.ofInitiativeCost.map(isHere) ?? "1 = 0" }

    /// Narrows costs of posts and of initiatives, as the figures count them.
    var onCost: SQL {
        """
        (cost_entry.publication_id IS NOT NULL AND \(onPublication))
            OR (cost_entry.initiative_id IS NOT NULL AND \(onInitiativeCost))
        """
    }
}

extension ResultsGrain {
    /// What a cost of an initiative itself counts for; nil where it counts for nothing.
    var ofInitiativeCost: SQL? {
        switch self {
        case .posts, .channels: nil
        case .initiatives: "cost_entry.initiative_id"
        case .objectives: "initiative_objective.objective_id"
        case .goals: "aim.business_goal_id"
        }
    }
}

/// The figures of one part of the line of sight with the posts that make them.
package struct PlaceResults: Sendable {
    package let place: ResultsPlace
    /// The same figures as in the table of its grain.
    package let row: ResultsRow
    package let posts: Results
}

extension ResultsDesk {
    /// What lies behind the row of `place`.
    package func place(
        _ place: ResultsPlace, model: CreditModel, period: ResultsPeriod, currency: Currency,
        in workspace: WorkspaceID, limit: Int = Results.mostRows
    ) async throws -> PlaceResults {
        func query(_ grain: ResultsGrain, limit: Int) -> ResultsQuery {
            ResultsQuery(
                grain: grain, model: model, period: period, currency: currency,
                workspace: workspace, limit: limit, within: place)
        }
        let (whole, posts) = (query(place.grain, limit: 1000), query(.posts, limit: limit))
        async let row = database.read { tx in try whole.row(tx) }
        let list = try await database.read { tx in try posts.results(tx) }
        return PlaceResults(place: place, row: try await row, posts: list)
    }
}

extension ResultsQuery {
    /// The one row of the place that the question is narrowed to.
    func row(_ tx: borrowing Transaction) throws -> ResultsRow {
        guard let within else { preconditionFailure("only a narrowed question has one row") }
        let named = try ResultsTitles(grain: grain, workspace: workspace).named(within.id, tx)
        let found = try results(tx).rows.first { $0.id == within.id }
        guard var row = found else { return named }
        row.title = named.title
        row.detail = named.detail
        return row
    }
}
