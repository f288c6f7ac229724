package import Store

extension NoticesSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = [
        TablePolicy(
            "notice", "What is or was wrong, told once.",
            people: .found([
                PersonTrace(.mention, in: "title", .delete),
                PersonTrace(.mention, in: "detail", .delete),
            ]),
            keeps: .lasting(
                NoticeDesk.memory, after: "cleared_at",
                because: "what was mended three months ago helps nobody")),
        TablePolicy(
            "notice_reader", "Who was told, and when they read it.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .with("notice")),
        TablePolicy(
            "notice_setting", "What somebody wants by e-mail, and when not.",
            people: .found([PersonTrace(.person, in: "person_id", .delete)]),
            keeps: .with("person")),
        TablePolicy(
            "webhook", "Which programs are told, and who set that up.",
            people: .found([
                PersonTrace(.name, in: "created_by", .replace(["created_by": .somebody]))
            ]),
            keeps: .always(because: "until somebody removes it")),
        TablePolicy(
            "webhook_delivery", "What was sent to other programs.",
            people: .found([
                PersonTrace(.mention, in: "body", .delete)
            ]),
            keeps: .lasting(
                WebhookDesk.memory, after: "created_at", only: "state <> 'waiting'",
                because: "a month is enough to send again what got lost")),
        TablePolicy(
            "webhook_try", "Each try of a delivery, with the start of the answer.",
            people: .nobody(because: "what the receiving program answered"),
            keeps: .with("webhook_delivery")),
    ]
}
