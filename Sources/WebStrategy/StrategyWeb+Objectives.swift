import Kernel
import People
import Strategy
import Web

extension StrategyWeb {
    var objectiveRoutes: [Route] {
        objectiveReadRoutes + objectiveWriteRoutes + objectiveClosureRoutes + readingRoutes
    }

    private var objectiveReadRoutes: [Route] {
        let list = Endpoint(
            .get, "\(Self.base)/objectives", id: "listObjectives",
            "Every open objective with its computed status.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            let book = try await desk.book(
                in: call.workspace.workspace, today: today(call.request))
            return Listing(items: book.objectives.map(ObjectiveAnswer.init))
        }
        let read = Endpoint(
            .get, "\(Self.base)/objectives/{objective}", id: "readObjective",
            "One objective with its check-ins and status.", tag: Self.tag,
            access: .workspace(.view)
        ) { (call: Call<Nothing>) in
            try await answer(call.request)
        }
        return [list.route, read.route]
    }

    private func answer(_ request: WebRequest) async throws -> ObjectiveAnswer {
        ObjectiveAnswer(
            try await desk.objective(
                try request.id("objective", ObjectiveTag.self),
                in: request.workspace.workspace, today: today(request)
            ).entry)
    }

    private var objectiveWriteRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/objectives", id: "createObjective",
            "Adds an objective under a business goal.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<ObjectiveInput>) in
            StrategyReference(
                try await desk.addObjective(
                    call.input.draft(call), in: call.workspace.workspace, by: call.principal))
        }
        let change = Endpoint(
            .put, "\(Self.base)/objectives/{objective}", id: "changeObjective",
            "Changes what an objective says; its check-ins stay.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<ObjectiveInput>) in
            let id = try call.id("objective", ObjectiveTag.self)
            try await desk.changeObjective(
                id, to: call.input.draft(call), in: call.workspace.workspace,
                by: call.principal)
            return StrategyReference(id)
        }
        return [
            create.route, change.route,
            create.action("/w/{workspace}/strategy/objectives", then: part(.goals)),
            change.action(
                "/w/{workspace}/strategy/objectives/{objective}", method: .put,
                then: part(.goals)),
        ]
    }

    private var objectiveClosureRoutes: [Route] {
        let close = Endpoint(
            .put, "\(Self.base)/objectives/{objective}/closure", id: "closeObjective",
            "Takes an objective off the strategy; its history stays.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await setObjectiveClosed(call, true)
        }
        let reopen = Endpoint(
            .delete, "\(Self.base)/objectives/{objective}/closure", id: "reopenObjective",
            "Brings a closed objective back.", tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await setObjectiveClosed(call, false)
        }
        return [
            close.route, reopen.route,
            close.action("/w/{workspace}/strategy/objectives/{objective}/closure") {
                _, request in
                let id = try request.id("objective", ObjectiveTag.self)
                return Reply.redirect(to: Self.path(request, "")).toast(
                    "Objective closed.",
                    undo: Self.path(request, "/objectives/\(id)/reopening"))
            },
            reopen.action("/w/{workspace}/strategy/objectives/{objective}/reopening") {
                _, request in
                let id = try request.id("objective", ObjectiveTag.self)
                return .redirect(to: Self.path(request, "/objectives/\(id)"))
            },
        ]
    }

    private func setObjectiveClosed(
        _ call: Call<Nothing>, _ isClosed: Bool
    ) async throws -> Nothing {
        try await desk.archiveObjective(
            try call.id("objective", ObjectiveTag.self), isClosed,
            in: call.workspace.workspace, by: call.principal)
        return Nothing()
    }

    private var readingRoutes: [Route] {
        let checkIn = Endpoint(
            .post, "\(Self.base)/objectives/{objective}/readings", id: "checkInObjective",
            "Records what the KPI was on a day; a second one for the day replaces it.",
            tag: Self.tag, access: .workspace(.recordResults)
        ) { (call: Call<ReadingInput>) in
            let today = today(call.request)
            try await desk.checkIn(
                try call.id("objective", ObjectiveTag.self), value: call.input.value,
                on: call.input.takenOn ?? today, note: call.input.note ?? "", today: today,
                in: call.workspace.workspace, by: call.principal)
            return try await answer(call.request)
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/objectives/{objective}/readings/{reading}",
            id: "removeReading", "Removes a check-in that was a mistake.", tag: Self.tag,
            access: .workspace(.recordResults)
        ) { (call: Call<Nothing>) in
            try await desk.removeReading(
                try call.id("reading", ReadingTag.self),
                of: try call.id("objective", ObjectiveTag.self),
                in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
        let back: @Sendable (WebRequest) throws -> Reply = { request in
            let id = try request.id("objective", ObjectiveTag.self)
            return .redirect(to: Self.path(request, "/objectives/\(id)"))
        }
        return [
            checkIn.route, remove.route,
            checkIn.action("/w/{workspace}/strategy/objectives/{objective}/readings") {
                output, request in
                try back(request).toast("Checked in. It is \(output.status.words) now.")
            },
            remove.action(
                "/w/{workspace}/strategy/objectives/{objective}/readings/{reading}",
                method: .delete
            ) { _, request in try back(request).toast("Check-in removed.") },
        ]
    }
}

extension ObjectiveStanding.Status {
    /// The word inside a sentence.
    var words: String { name.lowercased() }

    /// The label with its icon.
    var chip: Chip {
        switch self {
        case .notStarted: Chip(name, .quiet, icon: "tabler-clock")
        case .unknown: Chip(name, .warn, icon: "tabler-help-circle")
        case .onTrack: Chip(name, .good, icon: "tabler-circle-check")
        case .behind: Chip(name, .warn, icon: "tabler-trending-down")
        case .met: Chip(name, .good, icon: "tabler-flag")
        case .missed: Chip(name, .alert, icon: "tabler-circle-x")
        }
    }
}
