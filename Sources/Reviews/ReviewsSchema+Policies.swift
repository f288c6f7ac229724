package import Store

extension ReviewsSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "review", "Reviews with their figures.",
            people: .found([
                PersonTrace(.name, in: "finished_by", .replace(["finished_by": .somebody]))
            ]),
            keeps: .always(because: "what was learned must outlast who learned it")),
        TablePolicy(
            "review_cycle_off", "Which cycles are switched off.",
            people: .nobody(because: "a setting of the workspace"),
            keeps: .always(because: "a setting of the workspace")),
        TablePolicy(
            "finding", "What worked and what did not.",
            people: .found([
                PersonTrace(.name, in: "recorded_by", .replace(["recorded_by": .somebody]))
            ]),
            keeps: .with("review")),
        TablePolicy(
            "decision", "Decisions with their owner.",
            people: .found([
                PersonTrace(.member, in: "owner_id", .replace(["owner_id": .nothing]))
            ]),
            keeps: .with("review")),
        TablePolicy(
            "lesson", "Lessons.",
            people: .found([
                PersonTrace(.name, in: "created_by", .replace(["created_by": .somebody]))
            ]),
            keeps: .always(because: "what was learned must outlast who learned it")),
        TablePolicy(
            "lesson_evidence", "What a lesson rests on.",
            people: .nobody(because: "names posts and items"), keeps: .with("lesson")),
        TablePolicy(
            "lesson_tag", "Tags of lessons.", people: .nobody(because: "words for topics"),
            keeps: .with("lesson")),
    ]
}
