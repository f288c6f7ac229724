import Kernel
import Planning
import Store
import Strategy
import TestSupport
import Testing

@Suite struct PlanBookTests {
    @Test(arguments: [
        ("2026-11-23", "2026-11", "2027-10"), ("2026-01-01", "2026-01", "2026-12"),
        ("2026-12-31", "2026-12", "2027-11"), ("2028-02-29", "2028-02", "2029-01"),
    ])
    func `always shows the next twelve months`(today: String, first: String, last: String) throws {
        let window = PlanWindow(today: try PlanWorld.day(today))
        #expect(window.months.count == 12)
        #expect(window.first.description == first)
        #expect(window.last.description == last)
    }

    @Test func `an initiative spans its months inside the window`() throws {
        let window = PlanWindow(today: try PlanWorld.day("2026-11-23"))
        let sprint = window.span(
            from: try PlanWorld.day("2026-12-20"), to: try PlanWorld.day("2027-02-01"))
        #expect(sprint.map(\.description) == ["2026-12", "2027-01", "2027-02"])
        #expect(window.span(from: try PlanWorld.day("2020-01-01"), to: nil).count == 12)
    }

    @Test(arguments: TestDatabase.engines)
    func `rows by initiative, gaps of marathons, peaks and leftovers`(
        engine: Engine
    ) async throws {
        try await PlanWorld.with(engine) { world in
            let marathon = try await world.marathon()
            for (title, month) in [
                ("Grinding", "2026-11"), ("Water", "2026-12"), ("Milk", "2027-02"),
                ("Filters", "2027-02"), ("Kettles", "2027-02"),
            ] {
                _ = try await world.item(title, month, in: marathon)
            }
            let late = try await world.item("Beans", "2026-09", in: marathon)
            let loose = try await world.item("Thank you", "2027-10")
            let book = try await world.plan.plan(
                in: world.acme, today: try PlanWorld.day("2026-11-23"))
            #expect(book.rows.map { $0.initiative?.title } == ["Brewing school", nil])
            #expect(book.leftOver.map(\.id) == [late])
            #expect(book.rows[1].items.values.flatMap(\.self).map(\.id) == [loose])
            #expect(
                book.rows[0].gaps(from: try PlanWorld.month("2026-11")).map(\.description)
                    == [
                        "2027-01", "2027-03", "2027-04", "2027-05", "2027-06", "2027-07",
                        "2027-08", "2027-09", "2027-10",
                    ])
            #expect(book.loads.filter { $0.mark == .peak }.map(\.month.description) == ["2027-02"])
            #expect(book.loads[2].mark == .gap)
            #expect(book.due[try PlanWorld.month("2027-03")]?.map(\.id) == [world.objective])
            let foreign = try await world.plan.plan(
                in: world.globex, today: try PlanWorld.day("2026-11-23"))
            #expect(foreign.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `items take the money's objective from their initiative`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let marathon = try await world.marathon()
            let id = try await world.item("Grinding", "2026-11", in: marathon)
            let detail = try await world.plan.item(id, in: world.acme)
            #expect(detail.objective?.id == world.objective)
            #expect(detail.goal?.id == world.goal)
            #expect(detail.initiative?.id == marathon)
            #expect(detail.item.state == .planned)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `moves within and between months, and back`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let a = try await world.item("A", "2026-11")
            let b = try await world.item("B", "2026-11")
            let c = try await world.item("C", "2026-12")
            let december = try PlanWorld.month("2026-12")
            let was = try await world.plan.moveItem(
                a, to: ItemPlace(month: december, initiative: nil, before: c), in: world.acme,
                by: world.principal)
            #expect(was.before == b)
            #expect(try await order(world, "2026-12") == [a, c])
            _ = try await world.plan.moveItem(a, to: was, in: world.acme, by: world.principal)
            #expect(try await order(world, "2026-11") == [a, b])
            #expect(try await order(world, "2026-12") == [c])
            _ = try await world.plan.moveItem(
                a, to: ItemPlace(month: try PlanWorld.month("2026-11"), initiative: nil),
                in: world.acme, by: world.principal)
            #expect(try await order(world, "2026-11") == [b, a])
        }
    }

    private func order(_ world: PlanWorld, _ month: String) async throws -> [ItemID] {
        let book = try await world.plan.plan(
            in: world.acme, today: try PlanWorld.day("2026-11-23"))
        return book.rows.flatMap { $0.items[CivilMonth(month) ?? book.window.first] ?? [] }
            .map(\.id)
    }

    @Test(arguments: TestDatabase.engines)
    func `lists items page by page, by title and month`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            for index in 0..<5 { _ = try await world.item("Tip \(index)", "2026-1\(index % 3)") }
            var seen: [ItemID] = []
            var cursor: Cursor?
            repeat {
                let page = try await world.plan.items(
                    ItemFilter(text: "tip"), page: PageRequest(limit: 2, after: cursor),
                    in: world.acme)
                seen += page.items.map(\.id)
                cursor = page.next
            } while cursor != nil
            #expect(Set(seen).count == 5)
            #expect(seen.count == 5)
            let november = try await world.plan.items(
                ItemFilter(month: try PlanWorld.month("2026-11")), page: PageRequest(),
                in: world.acme)
            #expect(november.items.count == 2)
            #expect(
                try await world.plan.items(
                    ItemFilter(text: "100%"), page: PageRequest(), in: world.acme
                ).items.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `posts carry an item forward and never back`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let id = try await world.item("Tip", "2026-11")
            for (state, expected) in [
                (PlanItem.State.inWork, PlanItem.State.inWork), (.planned, .inWork),
                (.done, .done),
            ] {
                try await world.database.write { tx in
                    try world.plan.advance(
                        id, to: state, in: world.acme, by: world.principal, tx)
                }
                #expect(try await world.plan.item(id, in: world.acme).item.state == expected)
            }
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a sprint needs an end and a budget keeps its currency`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let start = try PlanWorld.day("2026-12-01")
            await #expect(throws: PlanError.sprintNeedsEnd) {
                try await world.plan.addInitiative(
                    InitiativeDraft(
                        kind: .sprint, title: "Winter", startsOn: start, owner: world.ana),
                    currency: .euro, in: world.acme, by: world.principal)
            }
            let id = try await world.plan.addInitiative(
                InitiativeDraft(
                    kind: .sprint, title: "Winter", startsOn: start,
                    endsOn: start.adding(days: 20), owner: world.ana,
                    primaryObjective: world.objective, otherObjectives: [world.objective],
                    budget: Money(minorUnits: 150_000, currency: .euro)), currency: .euro,
                in: world.acme, by: world.principal)
            let detail = try await world.plan.initiative(id, in: world.acme)
            #expect(detail.initiative.budget == Money(minorUnits: 150_000, currency: .euro))
            #expect(detail.primary?.id == world.objective)
            #expect(detail.others.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `distribution actions are added, ticked off and removed`(engine: Engine) async throws {
        try await PlanWorld.with(engine) { world in
            let item = try await world.item("Tip", "2026-11")
            let action = try await world.plan.addAction(
                .init(kind: .staffShare, title: "Ask the baristas"), to: item, in: world.acme,
                by: world.principal)
            try await world.plan.finishAction(action, true, in: world.acme, by: world.principal)
            #expect(
                try await world.plan.item(item, in: world.acme).actions.first?.doneAt
                    == world.clock.now)
            await #expect(throws: PlanError.noSuchAction) {
                try await world.plan.removeAction(action, in: world.globex, by: world.principal)
            }
            try await world.plan.removeAction(action, in: world.acme, by: world.principal)
            #expect(try await world.plan.item(item, in: world.acme).actions.isEmpty)
        }
    }

    @Test(arguments: [
        ("#Spring Menu", "spring-menu"), ("  Röstung! ", "röstung"), ("a--b", "a-b"),
    ])
    func `tags have one form`(text: String, tag: String) {
        #expect(Tag.normalized(text) == tag)
        #expect(Tag.list("\(text), \(text)") == [tag])
    }
}
