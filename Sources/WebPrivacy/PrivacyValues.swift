import Kernel
package import Privacy
package import Web

/// Whom somebody asks about, as the API and the form say it.
struct PersonInput: APIValue {
    let kind: PersonQuestion.Kind
    let value: String

    func question() throws -> PersonQuestion { try PersonQuestion(kind, value) }

    static let fields: [Schema.Field] = [
        .required("kind", .oneOf(PersonQuestion.Kind.self, "What the person is found by.")),
        .required(
            "value", .line("The e-mail address, member, name, handle, order or visitor.", max: 254)),
    ]

    static let schema = Schema.object("PersonQuestion", fields)
}

/// The same with the words that confirm an erasure.
struct ErasureInput: APIValue {
    let kind: PersonQuestion.Kind
    let value: String
    let confirmation: String

    static let schema = Schema.object(
        "PersonErasure",
        PersonInput.fields + [
            .required("confirmation", .line("The value once more, to be sure.", max: 254))
        ])
}

/// What is held of a person, as the API shows it.
struct FindingsAnswer: APIValue {
    let rows: Int
    let lines: [PersonFindings.Line]
    let obstacle: String?
    let remark: String?
    /// When the last planned backup that holds the person is gone.
    let backupsUntil: Instant?

    init(_ findings: PersonFindings, backupsUntil: Instant?) {
        rows = findings.rows
        lines = findings.lines
        obstacle = findings.obstacle
        remark = findings.remark
        self.backupsUntil = backupsUntil
    }

    static let schema = Schema.object(
        "PersonFindings",
        [
            .required("rows", .integer()),
            .required(
                "lines",
                .array(
                    of: .object(
                        "PersonFinding",
                        [
                            .required("table", .string()), .required("holds", .string()),
                            .required("rows", .integer()),
                            .required("fate", .oneOf(PersonFindings.Fate.self)),
                            .optional("because", .string()),
                        ]))),
            .optional(
                "obstacle", .string(description: "Why they cannot be erased, and what to do.")),
            .optional("remark", .string()),
            .optional(
                "backupsUntil", .instant("When the last planned backup that holds them is gone.")),
        ])
}

extension PersonExport: APIValue {
    package static let schema = Schema.object(
        "PersonExport",
        [
            .required("askedBy", .string()), .required("value", .string()),
            .required("at", .instant()),
            .required(
                "tables",
                .dictionary(
                    of: .array(
                        of: .dictionary(of: .string(maxLength: 1 << 20)),
                        maxCount: PrivacyDesk.mostRows),
                    description: "Rows by table, each value as text.")),
            .required(
                "leftOut",
                .dictionary(
                    of: .integer(),
                    description: "Rows beyond 5,000 of a table; `throughline person export` "
                        + "writes them all.")),
        ])
}

/// How long single clicks and visits are kept.
struct KeepingInput: APIValue {
    let trafficDays: Int

    static let schema = Schema.object(
        "PrivacyKeeping",
        [
            .required(
                "trafficDays",
                .integer(
                    minimum: Int64(PrivacySchema.fewestTrafficDays),
                    maximum: Int64(PrivacySchema.mostTrafficDays),
                    description: "Days that single clicks and visits are kept."))
        ])
}

/// What is kept, how long and why, as the API shows it.
struct PrivacyAnswer: APIValue {
    struct Entry: APIValue {
        let table: String
        let holds: String
        let personal: [String]
        let nobody: String?
        let kept: String
        let days: Int?
        let because: String
        let erasure: String

        init(_ entry: PrivacyDesk.Entry) {
            table = entry.table
            holds = entry.holds
            personal = entry.personal
            nobody = entry.nobody
            kept = entry.kept
            days = entry.days
            because = entry.because
            erasure = entry.erasure
        }

        static let schema = Schema.object(
            "KeptTable",
            [
                .required("table", .string()), .required("holds", .string()),
                .required("personal", .array(of: .string())),
                .optional("nobody", .string(description: "Why it speaks of nobody.")),
                .required("kept", .string()), .optional("days", .integer()),
                .required("because", .string()), .required("erasure", .string()),
            ])
    }

    let trafficDays: Int
    /// How many days planned backups hold what was erased; absent when none are planned.
    let backupDays: Int?
    let tables: [Entry]

    static let schema = Schema.object(
        "Privacy",
        [
            .required("trafficDays", .integer()),
            .optional(
                "backupDays",
                .integer(description: "Days that planned backups still hold what was erased.")),
            .required("tables", .array(of: Entry.schema)),
        ])
}
