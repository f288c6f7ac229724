import Kernel
import People
import Strategy
import Web

/// A part of the strategy page that saves and redraws alone.
enum StrategyPart: String, CaseIterable {
    case goals
    case money
    case representation
    case feedback
    case focus
    case higherReturns = "higher-returns"

    var template: String { "strategy/part-\(rawValue)" }
}

extension StrategyWeb {
    /// Answers an action with the part it changed, and with the state at the top of the page.
    func part<Output>(
        _ part: StrategyPart
    ) -> @Sendable (Output, WebRequest) async throws -> Reply {
        { _, request in try await self.part(part, request) }
    }

    func part(_ part: StrategyPart, _ request: WebRequest) async throws -> Reply {
        let view = try await page(request)
        return .html(
            try frame.part(part.template, view)
                + frame.part("strategy/state", StateView(state: view.state, isSwap: true)))
    }

    /// Everything the strategy page shows.
    func page(_ request: WebRequest) async throws -> StrategyPageView {
        let workspace = request.workspace.workspace
        return StrategyPageView(
            try await desk.book(in: workspace, today: today(request)),
            try await desk.directory(of: workspace),
            root: "/w/\(request.workspace.slug)", currency: request.workspace.currency,
            canEdit: Access.allows(.editStrategy, request))
    }

    var pages: [Route] {
        [
            .page("/w/{workspace}/strategy", .workspace(.view)) { request in
                let view = try await page(request)
                return try await frame.page(
                    "strategy/page",
                    WholePage(
                        stateLine: try frame.part(
                            "strategy/state", StateView(state: view.state, isSwap: false)),
                        parts: try StrategyPart.allCases.map {
                            try frame.part($0.template, view)
                        }),
                    title: "Strategy", section: .strategy, for: request)
            },
            .page("/w/{workspace}/strategy/parts/{part}", .workspace(.view)) { request in
                guard let name = request.parameters["part"],
                    let part = StrategyPart(rawValue: name)
                else { throw Problem.notFound("part of the strategy") }
                return try await self.part(part, request)
            },
            .page("/w/{workspace}/strategy/forms/{form}", .workspace(.editStrategy)) {
                request in
                try frame.form(try await form(request))
            },
            .page("/w/{workspace}/strategy/objectives/{objective}", .workspace(.view)) {
                request in try await objectivePage(request)
            },
        ]
    }
}

/// The line at the top that says how many questions are answered.
struct StateView {
    let state: String
    let isSwap: Bool
}

struct WholePage {
    let stateLine: String
    let parts: [String]
}
