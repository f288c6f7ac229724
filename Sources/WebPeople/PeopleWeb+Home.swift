import Channels
import Kernel
import Networks
import People
import Web

extension PeopleWeb {
    struct HomePage: Sendable {
        let root: String
        let greeting: String
        let date: String
        let part: String
    }

    struct HomePart: Sendable {
        struct Line: Sendable {
            let title: String
            let href: String?
            let detail: String?
            let chip: Chip?
            let when: String?
        }

        struct Figure: Sendable {
            let value: String
            let label: String
            let detail: String?
            let chip: Chip?
            let href: String?
        }

        struct Step: Sendable {
            let title: String
            let why: String
            let href: String
            let isDone: Bool
        }

        struct Setup: Sendable {
            let steps: [Step]
            let done: Int
            let all: Int
            let next: Step?
        }

        let root: String
        let canWrite: Bool
        let canClose: Bool
        let needs: [Line]
        let needCount: String?
        let today: [Line]
        let next: [Line]
        let figures: [Figure]
        let memory: [Line]
        let setup: Setup?
    }

    var homeRoutes: [Route] {
        [
            Route.page("/w/{workspace}", .workspace(.view)) { request in
                if let pass = request.workspace.guest {
                    return try await guestHome(request, pass)
                }
                let part = try frame.part("people/home-part", try await home(request))
                let today = CivilDate(request.now, in: request.workspace.zone)
                let page = HomePage(
                    root: Self.root(request), greeting: Self.greeting(request),
                    date: "\(Self.weekdays[today.isoWeekday - 1]) \(today.day) "
                        + today.civilMonth.name,
                    part: part)
                return try await frame.page(
                    "people/home", page, title: "Home", section: .home, for: request)
            }.guests(.own),
            .page("/w/{workspace}/home", .workspace(.view)) { request in
                try frame.fragment("people/home-part", try await home(request))
            },
        ]
    }

    private static let weekdays = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]

    private static func greeting(_ request: WebRequest) -> String {
        let name = request.caller?.name.split(separator: " ").first.map(String.init) ?? ""
        let words =
            switch request.workspace.zone.localTime(request.now).hour {
            case 5..<12: "Good morning"
            case 12..<18: "Good afternoon"
            case 18..<24: "Good evening"
            default: "Hello"
            }
        return name.isEmpty ? words : "\(words), \(name)"
    }

    private func home(_ request: WebRequest) async throws -> HomePart {
        let zone = request.workspace.zone
        let needs = try await lines(cards.needsYou, request) + channelNeeds(request)
        let coming = try await lines(cards.coming, request).filter { $0.at != nil }
        let today = CivilDate(request.now, in: zone)
        let isToday = { (line: HomeLine) in
            line.at.map { CivilDate($0, in: zone) <= today } ?? false
        }
        var figures: [HomePart.Figure] = []
        for source in cards.quarter {
            figures += try await source(request).map {
                .init(
                    value: $0.value, label: $0.label, detail: $0.detail, chip: $0.chip,
                    href: $0.href)
            }
        }
        let drawn = { (lines: [HomeLine], hasDay: Bool) in
            lines.map { Self.drawn($0, zone, hasDay: hasDay) }
        }
        return HomePart(
            root: Self.root(request), canWrite: Web.Access.allows(.write, request),
            canClose: Web.Access.allows(.manageChannels, request),
            needs: drawn(needs, true), needCount: needs.isEmpty ? nil : "\(needs.count)",
            today: drawn(coming.filter(isToday), false),
            next: drawn(coming.filter { !isToday($0) }, true), figures: figures,
            memory: drawn(try await lines(cards.memory, request), true),
            setup: try await setup(request))
    }

    private func lines(
        _ sources: [HomeCards.Lines], _ request: WebRequest
    ) async throws -> [HomeLine] {
        var found: [HomeLine] = []
        for source in sources { found += try await source(request) }
        let far = Instant(milliseconds: .max)
        return found.sorted { ($0.at ?? far) < ($1.at ?? far) }
    }

    private static func drawn(_ line: HomeLine, _ zone: Zone, hasDay: Bool) -> HomePart.Line {
        let when = line.at.map { instant -> String in
            let local = zone.localTime(instant)
            guard hasDay else { return local.clock }
            let weekday = weekdays[local.date.isoWeekday - 1].prefix(3)
            return "\(weekday) \(local.date.day) \(local.date.civilMonth.shortName) \(local.clock)"
        }
        return HomePart.Line(
            title: line.title, href: line.href, detail: line.detail, chip: line.chip, when: when)
    }

    private func channelNeeds(_ request: WebRequest) async throws -> [HomeLine] {
        let root = Self.root(request)
        return try await channels.channels(in: request.workspace.workspace).compactMap { channel in
            let href = "\(root)/settings/channels/\(channel.id)"
            if channel.status == .needsReconnect {
                return HomeLine(
                    "Connect \(channel.name) again", href: href,
                    detail: "\(channel.network.name) refuses our sign-in; its posts wait.",
                    chip: Chip("Reconnect", .alert, icon: "tabler-plug-connected-x"))
            }
            guard channel.expiresSoon(at: request.now), let end = channel.credentialsExpireAt
            else { return nil }
            return HomeLine(
                "\(channel.name): the sign-in \(channel.countdown(at: request.now) ?? "ends soon")",
                href: href,
                detail: "Renew it before \(request.workspace.zone.words(end)), so nothing waits.",
                chip: Chip("Ends soon", .warn, icon: "tabler-clock"))
        }
    }

    private func setup(_ request: WebRequest) async throws -> HomePart.Setup? {
        let workspace = try await people.workspace(request.workspace.workspace)
        guard workspace.setupClosedAt == nil, !workspace.isDemo else { return nil }
        let root = Self.root(request)
        let known = try await channels.channels(in: workspace.id)
        var steps = [
            SetupStep(
                "Connect a channel", why: "So that posts go out on time without you.",
                href: "\(root)/start/channel",
                isDone: known.contains { $0.connection == .connected })
        ]
        for source in cards.setup { steps += try await source(request) }
        steps.append(
            SetupStep(
                "Invite somebody", why: "Four eyes find more; approvals switch on by themselves.",
                href: "\(root)/settings/members", isDone: request.workspace.memberCount > 1))
        let drawn = steps.map {
            HomePart.Step(title: $0.title, why: $0.why, href: $0.href, isDone: $0.isDone)
        }
        let done = drawn.count { $0.isDone }
        guard done < drawn.count else { return nil }
        return HomePart.Setup(
            steps: drawn, done: done, all: drawn.count, next: drawn.first { !$0.isDone })
    }
}
