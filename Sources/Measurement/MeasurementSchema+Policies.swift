import Kernel
package import Store

extension MeasurementSchema {
    /// What the tables say of people; see `TablePolicy`.
    package static let policies = trafficPolicies + moneyPolicies + sumPolicies

    /// How long single clicks and visits are kept unless a workspace chooses otherwise.
    package static let trafficMemory: Duration = .days(760)

    private static let trafficPolicies = [
        TablePolicy(
            "visitor_salt", "The random number of the day, without which browsers have no number.",
            people: .nobody(because: "random; without it no browser can be recognised"),
            keeps: .briefly(because: "each is deleted after two days")),
        TablePolicy(
            "spool_mark", "How far files of clicks were read.",
            people: .nobody(because: "names of files and a position"),
            keeps: .briefly(because: "it goes with its file, which is removed once it is counted")),
        TablePolicy(
            "measured_link", "Links that were clicked.", people: .nobody(because: "own links"),
            keeps: .always(because: "figures hang from it")),
        TablePolicy(
            "click", "Clicks: which link, when, robot or not; a browser's number for one day.",
            people: .found([
                PersonTrace(
                    .token, in: "token", .renumber,
                    leads: [.init(.visitor, "visitor", isShared: true)]),
                PersonTrace(.visitor, in: "visitor", .renumber),
            ]),
            keeps: .chosen(
                trafficMemory, after: "at",
                only: "NOT EXISTS (SELECT 1 FROM touch WHERE touch.click_id = click.id)",
                because: "single clicks let figures be opened and a year be compared with the "
                    + "one before; sums by day stay, and so do clicks that led to an order")),
        TablePolicy(
            "site", "The website whose visits are counted.",
            people: .nobody(because: "the workspace's own website"),
            keeps: .always(because: "visits are counted for it")),
        TablePolicy(
            "site_page", "Paths of pages that were visited.",
            people: .nobody(because: "paths of the workspace's own pages, without their query"),
            keeps: .with("site")),
        TablePolicy(
            "visit", "Visits: first page, when, how many pages; a browser's number for one day.",
            people: .found([
                PersonTrace(
                    .token, in: "token", .renumber,
                    leads: [.init(.visitor, "visitor", isShared: true)]),
                PersonTrace(.visitor, in: "visitor", .renumber),
            ]),
            keeps: .chosen(
                trafficMemory, after: "started_at", only: "NOT by_mark",
                because: "single visits let figures be opened; sums by quarter of an hour stay, "
                    + "and so do visits that count as a post's click")),
    ]

    private static let moneyPolicies = [
        TablePolicy(
            "conversion", "Orders and leads: amount, moment, their number, where they came from.",
            people: .found([
                PersonTrace(
                    .order, in: "reference",
                    .replace(["reference": .freshWord, "note": .text("")]),
                    leads: [
                        .init(.conversion, "key"), .init(.subject, "id"),
                        .init(.token, "token"), .init(.visitor, "visitor", isShared: true),
                    ]),
                PersonTrace(
                    .conversion, in: "refund_of",
                    .replace(["reference": .freshWord, "note": .text("")]),
                    leads: [.init(.conversion, "key"), .init(.subject, "id")]),
                PersonTrace(.token, in: "token", .renumber),
                PersonTrace(.visitor, in: "visitor", .renumber),
                PersonTrace(.name, in: "recorded_by", .replace(["recorded_by": .somebody])),
            ]),
            keeps: .always(
                because: "books are kept for years; amounts stay, and a person's order can be "
                    + "made nobody's"),
            harmless: ["name": "what was bought or asked for, as the site calls it"]),
        TablePolicy(
            "touch", "Which clicks an order is credited to.",
            people: .found([
                PersonTrace(
                    .conversion, in: "conversion_key",
                    .stay(because: "amounts stay; the order it points to is nobody's any more"))
            ]),
            keeps: .with("conversion")),
        TablePolicy(
            "credit", "How much of an order each touch earns.",
            people: .nobody(because: "amounts"), keeps: .with("touch")),
        TablePolicy(
            "refused_goal", "Goals of the site that could not be recorded.",
            people: .found([
                PersonTrace(.order, in: "last_reference", .replace(["last_reference": .text("")]))
            ]),
            keeps: .lasting(
                .days(90), after: "last_at", because: "what is not mended in three months is old"
            )),
        TablePolicy(
            "cost_entry", "Costs, some of somebody's time, and who entered them.",
            people: .found([
                PersonTrace(.name, in: "recorded_by", .replace(["recorded_by": .somebody]))
            ]),
            keeps: .always(because: "return on investment is computed with it")),
        TablePolicy(
            "network_figures", "What networks report of a post.",
            people: .nobody(because: "numbers"), keeps: .with("publication")),
    ]

    private static func sum(_ table: String, _ holds: String) -> TablePolicy {
        TablePolicy(
            table, holds, people: .nobody(because: "counts and sums"),
            keeps: .always(because: "figures of past years stay right without single rows"))
    }

    private static let sumPolicies = [
        sum("link_day", "Clicks and visits by link and day."),
        sum("workspace_day", "Clicks and visits by day."),
        sum("measured_place", "Places in the line of sight."),
        sum("place_day", "Clicks and visits by place and day."),
        sum("credit_day", "Credit by link and day."),
        sum("measured_post", "Which posts are measured."),
        sum("visit_quarter", "Visits by quarter of an hour."),
        sum("place_block", "Clicks and visits by place and 32 days."),
        sum("post_block", "Numbers of published posts by place and 25 days."),
        sum("credit_block", "Credit by place and 32 days."),
    ]
}
