import Kernel
import Measurement
import Publishing
import Web

// What the API answers about the posts, clicks and visits behind a figure.

struct PlaceResultsAnswer: APIValue {
    let model: CreditModel
    let from: CivilDate
    let to: CivilDate
    let currency: String
    let line: ResultsAnswer.Line
    let posts: [ResultsAnswer.Line]

    static let schema = Schema.object(
        "PlaceResults",
        [
            .required("model", .oneOf(CreditModel.self)), .required("from", .date()),
            .required("to", .date()), .required("currency", .currency()),
            .required("line", ResultsAnswer.Line.schema),
            .required("posts", .array(of: ResultsAnswer.Line.schema)),
        ])

    init(_ found: PlaceResults, _ model: CreditModel, _ period: ResultsPeriod) {
        self.model = model
        from = period.from
        to = period.to
        currency = found.posts.currency.code
        line = ResultsAnswer.Line(found.row, found.posts.currency)
        posts = found.posts.rows.map { ResultsAnswer.Line($0, found.posts.currency) }
    }
}

struct ClickAnswer: APIValue {
    let at: Instant
    let post: PublicationID?
    let title: String
    let channel: String?
    let robot: String?
    let isRecognised: Bool
    let hasVisit: Bool

    static let schema = Schema.object(
        "Click",
        [
            .required("at", .instant()), .optional("post", .id("The published post.")),
            .required("title", .string(description: "The post, or the link's own label.")),
            .optional("channel", .string()),
            .optional("robot", .string(description: "Why it is not counted as a person's.")),
            .required(
                "isRecognised",
                .boolean(description: "False when the visitor asked not to be.")),
            .required("hasVisit", .boolean()),
        ])

    init(_ click: ClickEvidence) {
        at = click.at
        post = click.link?.publication
        title = click.link?.title ?? ""
        channel = click.link?.channel
        robot = click.bot?.name
        isRecognised = click.isRecognised
        hasVisit = click.hasVisit
    }
}

struct VisitAnswer: APIValue {
    let at: Instant
    let lastAt: Instant
    let path: String
    let pages: Int64
    let post: PublicationID?
    let title: String?
    let channel: String?
    let robot: String?
    let isRecognised: Bool

    static let schema = Schema.object(
        "Visit",
        [
            .required("at", .instant()),
            .required("lastAt", .instant("When its last page was opened.")),
            .required("path", .string(description: "The page it began on.")),
            .required("pages", .integer()),
            .optional("post", .id("The published post whose link brought it.")),
            .optional("title", .string()), .optional("channel", .string()),
            .optional("robot", .string(description: "Why it is not counted as a person's.")),
            .required("isRecognised", .boolean()),
        ])

    init(_ visit: VisitEvidence) {
        at = visit.at
        lastAt = visit.lastAt
        path = visit.path
        pages = visit.pages
        post = visit.link?.publication
        title = visit.link?.title
        channel = visit.link?.channel
        robot = visit.bot?.name
        isRecognised = visit.isRecognised
    }
}

struct PostResultsAnswer: APIValue {
    struct Robots: APIValue {
        let reason: String
        let clicks: Int64

        static let schema = Schema.object(
            "RobotClicks", [.required("reason", .string()), .required("clicks", .integer())])
    }

    struct Reported: APIValue {
        let takenAt: Instant
        let likes: Int64?
        let reposts: Int64?
        let replies: Int64?
        let quotes: Int64?
        let impressions: Int64?

        static let schema = Schema.object(
            "NetworkFigures",
            [
                .required("takenAt", .instant()), .optional("likes", .integer()),
                .optional("reposts", .integer()), .optional("replies", .integer()),
                .optional("quotes", .integer()), .optional("impressions", .integer()),
            ])

        init(_ figures: NetworkFigures) {
            takenAt = figures.takenAt
            likes = figures.likes
            reposts = figures.reposts
            replies = figures.replies
            quotes = figures.quotes
            impressions = figures.impressions
        }
    }

    let model: CreditModel
    let from: CivilDate
    let to: CivilDate
    let currency: String
    let line: ResultsAnswer.Line
    let robots: [Robots]
    let clicks: [ClickAnswer]
    let visits: [VisitAnswer]
    let orders: [OrderAnswer]
    let network: Reported?

    static let schema = Schema.object(
        "PostResults",
        [
            .required("model", .oneOf(CreditModel.self)), .required("from", .date()),
            .required("to", .date()), .required("currency", .currency()),
            .required("line", ResultsAnswer.Line.schema),
            .required("robots", .array(of: Robots.schema)),
            .required(
                "clicks",
                .array(of: ClickAnswer.schema, description: "The latest 100; `listClicks` has all.")
            ),
            .required(
                "visits",
                .array(of: VisitAnswer.schema, description: "The latest 100; `listVisits` has all.")
            ),
            .required(
                "orders",
                .array(of: OrderAnswer.schema, description: "The latest 200; `listOrders` has all.")
            ),
            .optional("network", Reported.schema),
        ])

    init(_ found: PostEvidence, _ model: CreditModel, _ currency: Currency) {
        self.model = model
        from = found.period.from
        to = found.period.to
        self.currency = currency.code
        line = ResultsAnswer.Line(found.row, currency)
        robots = found.bots.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { Robots(reason: $0.key.name, clicks: $0.value) }
        clicks = found.clicks.map(ClickAnswer.init)
        visits = found.visits.map(VisitAnswer.init)
        orders = found.conversions.map(OrderAnswer.init)
        network = found.figures.map(Reported.init)
    }
}
