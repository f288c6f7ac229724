import Foundation
import Jobs
import Kernel
import Links
import Networks
import Publishing
import Store
import TestSupport
import Testing

@Suite struct `Reading a page's card` {
    @Test func `takes what the page says for sharing, before anything else`() throws {
        let html = """
            <!doctype html><html><head><title>Beans &amp; more | Shop</title>
            <META NAME="description" CONTENT="For machines">
            <meta content='Fresh &#8220;beans&#8221; &mdash; today' property="og:title" />
            <meta property=og:description content="One
               line, > with a sign">
            <meta property="og:image" content="/img/beans.jpg?a=1&amp;b=2">
            </head><body><meta property="og:title" content="Not this"></body></html>
            """
        let card = try #require(PageCard(html: html, at: "https://shop.example/beans"))
        #expect(card.title == "Fresh “beans” — today")
        #expect(card.summary == "One line, > with a sign")
        #expect(card.image == "https://shop.example/img/beans.jpg?a=1&b=2")
    }

    @Test func `falls back to the title, and to nothing`() throws {
        let plain = try #require(
            PageCard(html: "<title>\n Beans &eacute;t&eacute; </title>", at: "https://a.example"))
        #expect(plain == PageCard(title: "Beans été"))
        #expect(PageCard(html: "<p>Hello", at: "https://a.example") == nil)
        #expect(PageCard(html: "", at: "https://a.example") == nil)
        let odd = PageCard(
            html: "<title>A</title><meta property='og:image' content='javascript:alert(1)'>",
            at: "https://a.example")
        #expect(odd?.image == nil)
    }

    @Test func `cuts what is too long and survives what is broken`() throws {
        let long = String(repeating: "word ", count: 400)
        let card = try #require(
            PageCard(html: "<meta property=og:title content='\(long)'>", at: "https://a.example"))
        #expect(card.title.count <= 300 && card.title.hasSuffix("word…"))
        let html =
            "<title>x</title><meta property=\"og:title\" content=\"Ü&#x1F343;\"><meta name=a "
        for length in 0...html.count {
            _ = PageCard(html: String(html.prefix(length)), at: "https://a.example")
        }
        var random = SeededGenerator(seed: 9)
        let pieces = [
            "<meta ", "property=", "og:title", "\"", "'", ">", "<", "=", "&#", "x", ";", "content=",
        ]
        for _ in 0..<2000 {
            let text = (0..<40).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            _ = PageCard(html: text, at: text)
        }
    }
}

struct LinkCardTests {
    private func pass(_ world: PublishingWorld, _ time: Duration) async {
        let end = world.clock.now + time
        while world.clock.now < end {
            world.clock.advance(by: .seconds(5))
            await world.worker.runDue()
        }
    }

    private func onBluesky(_ world: PublishingWorld) async throws {
        try await world.database.write { tx in
            try tx.execute("UPDATE channel SET network = 'bluesky' WHERE id = \(world.channel)")
        }
    }

    private func named(_ world: PublishingWorld) -> PostDraft {
        var draft = world.draft()
        draft.title = "INTERNAL: Q4 push"
        return draft
    }

    @Test(arguments: TestDatabase.engines)
    func `a card says what the page says, and never our own name for the post`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            try await onBluesky(world)
            world.site.say(
                PageCard(
                    title: "Fresh beans", summary: "Roasted today", image: "https://i.example/b"))
            _ = try await world.scheduled(named(world))
            await pass(world, .minutes(11))
            let post = try #require(world.network.posts.first)
            let card = try #require(post.card)
            #expect(card.title == "Fresh beans" && card.summary == "Roasted today")
            #expect(post.text.contains(card.url))
            #expect(card.thumbnail?.reference == "card.png")
            // Read and uploaded once: when it got ready, not again when it was sent.
            #expect(world.site.asked == ["https://shop.example/beans", "https://i.example/b"])
            #expect(!"\(post)".contains("INTERNAL") && !"\(post)".contains("internal"))
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a page that says nothing gives the host's name and costs no time`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            try await onBluesky(world)
            let sheet = try await world.desk.create(
                named(world), in: world.acme, by: world.principal)
            _ = try await world.desk.publishNow(
                sheet.post.id, zone: .utc, in: world.acme, by: world.principal)
            await world.worker.runDue()
            let card = try #require(world.network.posts.first?.card)
            #expect(card.title == "shop.example" && card.summary.isEmpty && card.thumbnail == nil)
            #expect(try await world.side(sheet).publication.latenessText == "on time")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `a campaign is the initiative's name or what the writer chose`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let link = { (draft: PostDraft) in
                let sheet = try await world.desk.create(
                    draft, in: world.acme, by: world.principal)
                return try await world.side(sheet).link?.utm.campaign
            }
            #expect(try await link(named(world)) == "post")
            let (_, item) = try await world.initiative()
            var planned = named(world)
            planned.item = item
            #expect(try await link(planned) == "tours")
            planned.campaign = "  Spring Sale 2027! "
            #expect(try await link(planned) == "spring-sale-2027")
            let sheet = try await world.desk.create(planned, in: world.acme, by: world.principal)
            #expect(sheet.post.campaign == "spring-sale-2027")
            var again = PostDraft(sheet)
            again.campaign = ""
            let saved = try await world.desk.save(
                sheet.post.id, again, revision: nil, in: world.acme, by: world.principal)
            #expect(saved.sides.first?.link?.utm.campaign == "tours")
        }
    }

    @Test(arguments: TestDatabase.engines)
    func `what a page said stays while it is away, and is read anew later`(
        engine: Engine
    ) async throws {
        try await PublishingWorld.with(engine) { world in
            let page = try Destination("https://shop.example/beans")
            let read = { try await world.cards.card(of: page, in: world.acme) }
            #expect(try await world.cards.known(of: page, in: world.acme) == nil)
            #expect(try await read().isFound == false)
            world.site.say(PageCard(title: "Fresh beans"))
            #expect(try await read().isFound == false)
            world.clock.advance(by: .minutes(11))
            #expect(try await read().card.title == "Fresh beans")
            world.site.say(nil)
            world.clock.advance(by: .hours(7))
            #expect(try await read().card.title == "Fresh beans")
            world.site.say(PageCard(title: "Other beans"))
            #expect(try await read().card.title == "Other beans")
        }
    }
}
