import Channels
import Kernel
import Measurement
import Web

/// What lies behind a channel's row of the results: its figures and the posts that make them.
private struct ChannelResultsView: Sendable {
    let root: String
    let title: String
    let detail: String
    let period: String
    let meaning: String
    let models: [Tabs.Item]
    let periods: [Tabs.Item]
    let figures: [ResultsPageView.Figure]
    let rows: [ResultsPageView.Line]
    let hasRows: Bool
    let returnLabel: String
    let marginNote: String
    let back: String
    let settings: String
}

extension ResultsWeb {
    func channelPage(_ request: WebRequest) async throws -> Reply {
        let membership = request.workspace
        let channel = try request.id("channel", ChannelTag.self)
        let question = try ResultsQuestion(request, today: today(request))
        async let channels = results.results(
            by: .channels, model: question.model, period: question.period,
            currency: membership.currency, in: membership.workspace)
        async let posts = results.results(
            by: .posts, model: question.model, period: question.period,
            currency: membership.currency, in: membership.workspace, channel: channel)
        let (all, found) = try await (channels, posts)
        let root = "/w/\(membership.slug)"
        let page = "\(root)/results/channels/\(channel)"
        let known = try await results.channelName(channel, in: membership.workspace)
        let row = all.rows.first { $0.id == channel.text }
        let draw = ResultsDrawing(
            root: root, question: question, results: found, days: [], before: nil,
            today: today(request), canRecord: false)
        let view = ChannelResultsView(
            root: root, title: known.name, detail: known.network,
            period: "\(question.period.from.words) to \(question.period.to.words)",
            meaning: question.model.meaning,
            models: CreditModel.allCases.map { model in
                Tabs.Item(
                    model.name, href: question.href(page, model: model),
                    current: model == question.model)
            },
            periods: draw.periods(at: page),
            figures: row.map { Self.figures($0, membership.currency) } ?? [],
            rows: found.rows.map { draw.line($0, as: .posts) }, hasRows: !found.rows.isEmpty,
            returnLabel: draw.returnLabel, marginNote: draw.marginNote,
            back: question.href("\(root)/results", grain: .channels),
            settings: "\(root)/settings/channels/\(channel)")
        return try await frame.page(
            "measurement/channel", view, title: "Results of \(known.name)", section: .results,
            for: request)
    }
}
