import Kernel
import Publishing
import Store

extension FiguresSource {
    /// What was published, how punctually, and what did not go out.
    package static let publications = FiguresSource { workspace, period, zone, tx in
        let start = period.start(in: zone)
        let end = period.end(in: zone)
        let row = try tx.first(
            """
            SELECT COUNT(*) AS published,
                COUNT(*) FILTER (WHERE lateness > \(FiguresSource.punctual)) AS late,
                COUNT(DISTINCT channel_id) AS channels
            FROM publication WHERE workspace_id = \(workspace) AND state = 'published'
                AND published_at >= \(start) AND published_at < \(end)
            """)
        let failed = try tx.scalar(
            Int.self,
            """
            SELECT COUNT(*) FROM publication WHERE workspace_id = \(workspace)
                AND state IN ('refused', 'needsPerson', 'doubtful')
                AND due_at >= \(start) AND due_at < \(end)
            """)
        guard let row else { return ([], []) }
        let published: Int = try row("published")
        let late: Int = try row("late")
        let channels: Int = try row("channels")
        var note = "nothing went out"
        if published > 0 {
            note = "on \(channels) channel\(channels == 1 ? "" : "s"), "
            note += late == 0 ? "all on time" : "\(late) late"
        }
        var surprises: [ReviewFigures.Line] = []
        if let failed, failed > 0 {
            surprises.append(
                ReviewFigures.Line(
                    label: "Posts that did not go out", value: "\(failed)",
                    note: "refused, in doubt or waiting for a person"))
        }
        return (
            [ReviewFigures.Line(label: "Posts published", value: "\(published)", note: note)],
            surprises
        )
    }

    /// A post that is out within a minute of its time is on time.
    static let punctual = Duration.minutes(1)
}
