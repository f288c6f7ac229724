import Channels
import Foundation
import Kernel
import Networks
import People
import Planning
import Publishing
import Web

/// The composer: brief and lessons, text and pictures, previews and checks.
struct ComposerView: Sendable {
    struct Channel: Sendable {
        let index: Int
        let id: String
        let name: String
        let network: String
        let icon: String
        let isOn: Bool
        let off: Bool
        let isLocked: Bool
        let note: String?
        let text: String
        let parts: [Part]
        let visibilities: [Choice]
        let hasVisibility: Bool
        let contentWarning: String
        let isFirst: Bool
    }

    struct Part: Sendable {
        let index: Int
        let number: Int
        let text: String
    }

    struct Answer: Sendable {
        let question: String
        let text: String?
        let note: String?
    }

    let root: String
    let path: String
    let isNew: Bool
    let heading: String
    let state: Chip?
    let revision: Int?
    let title: String
    let text: String
    let destination: String
    let campaign: String
    let usualCampaign: String
    let languages: [Choice]
    let channels: [Channel]
    let hasChannels: Bool
    let pictures: [PictureView]
    let fitNote: String?
    let items: [Choice]
    let item: String?
    let itemTitle: String?
    let brief: [Answer]
    let missing: String?
    let lessons: [PublishingWeb.Lesson]
    let needsApproval: Bool
    let canSchedule: Bool
    let mayPublish: Bool
    let dueLocal: String
    let zone: String
    let zones: [Choice]
    let deletePath: String?
}

extension PublishingWeb {
    func composer(_ request: WebRequest, _ sheet: PostSheet?) async throws -> Reply {
        let view = try await composerView(request, sheet)
        return try await frame.page(
            "publishing/composer", view, title: sheet == nil ? "New post" : "Edit post",
            section: .content, scripts: ["composer.js"], for: request)
    }

    private func composerView(
        _ request: WebRequest, _ sheet: PostSheet?
    ) async throws -> ComposerView {
        let workspace = request.workspace
        let root = root(request)
        let channels = try await posts.channels(in: workspace.workspace)
        let itemID = sheet?.post.item ?? request.query["item"].flatMap { ItemID($0) }
        let detail = try await itemID.asyncMap {
            try await planning.item($0, in: workspace.workspace)
        }
        let chosen = Set(detail?.channels ?? [])
        // A guest sees the items of their initiatives only, and no lessons of the rest.
        let isGuest = workspace.role == .guest
        let open = workspace.guest.map { Set($0.scope.initiatives) }
        let items = try await planning.items(
            ItemFilter(), page: PageRequest(limit: 100), in: workspace.workspace
        ).items.filter { item in
            (item.state != .dropped || item.id == itemID)
                && (open?.contains(item.initiative?.text ?? "") ?? true)
        }
        let needsApproval = try await posts.needsApproval(in: workspace.workspace)
        let path = sheet.map { "\(root)/posts/\($0.post.id)" } ?? "\(root)/posts"
        let due = sheet?.sides.compactMap(\.publication.delivery.due).first
        let day = request.query["date"].flatMap { CivilDate($0) }
        let zone = due?.zone ?? workspace.zone
        return ComposerView(
            root: root, path: path, isNew: sheet == nil,
            heading: sheet.map { $0.post.name } ?? "New post",
            state: sheet.map { Words.chip($0.overall) }, revision: sheet?.post.revision,
            title: sheet?.post.title ?? detail?.item.title ?? "", text: sheet?.post.text ?? "",
            destination: sheet?.post.destination ?? "", campaign: sheet?.post.campaign ?? "",
            usualCampaign: PostDraft.campaign(nil, initiative: detail?.initiative?.title),
            languages: Self.languages(sheet?.post.language),
            channels: channels.enumerated().map {
                channelView($0, $1, sheet, chosen: chosen, only: channels.count == 1)
            },
            hasChannels: !channels.isEmpty,
            pictures: (sheet?.pictures ?? []).enumerated().compactMap { index, placed in
                sheet?.library[placed.picture].map {
                    PictureView(
                        root: root, id: $0.id.text, altText: placed.altText, name: $0.fileName,
                        index: index)
                }
            },
            fitNote: pictures.whyNotFitted,
            items: (isGuest ? [] : [Choice("", "None: a quick post", selected: itemID == nil)])
                + items.map { Choice($0.id.text, $0.title, selected: $0.id == itemID) },
            item: itemID?.text, itemTitle: detail?.item.title,
            brief: detail.map(Self.answers) ?? [], missing: detail.flatMap(Self.missing),
            lessons: isGuest ? [] : try await neighbours.lessons(itemID, request),
            needsApproval: needsApproval,
            canSchedule: !needsApproval
                || sheet?.sides.allSatisfy {
                    $0.publication.delivery.isApproved
                } ?? false,
            mayPublish: Web.Access.allows(.publish, request),
            dueLocal: (due?.local ?? Self.suggestion(request.now, zone, day)).description,
            zone: zone.name,
            zones: Self.zones(zone, workspace.zone, channels.map(\.zone)),
            deletePath: sheet == nil || isGuest ? nil : path)
    }

    private func channelView(
        _ index: Int, _ channel: ChannelFacts, _ sheet: PostSheet?, chosen: Set<ChannelID>,
        only: Bool
    ) -> ComposerView.Channel {
        let side = sheet?.sides.first { $0.channel.id == channel.id }
        let isOn = side != nil || sheet == nil && (only || chosen.contains(channel.id))
        let isLocked = side.map { !$0.publication.delivery.isEditable } ?? false
        let visibility = side?.variant.visibility ?? channel.visibility
        return ComposerView.Channel(
            index: index, id: channel.id.text, name: channel.name, network: channel.network.name,
            icon: channel.network.icon, isOn: isOn, off: !isOn, isLocked: isLocked,
            note: channel.isConnected
                ? nil : "Not connected: at the due time your phone gets text, pictures and link.",
            text: side?.variant.text ?? "",
            parts: (side?.variant.furtherParts ?? []).enumerated().map {
                ComposerView.Part(index: index, number: $0 + 2, text: $1)
            },
            visibilities: [
                Choice("everyone", "Everyone", selected: visibility == .everyone),
                Choice("unlisted", "Public, not listed", selected: visibility == .unlisted),
                Choice("followers", "Followers only", selected: visibility == .followers),
            ],
            hasVisibility: [.mastodon, .practice].contains(channel.network),
            contentWarning: side?.variant.contentWarning ?? "", isFirst: index == 0)
    }

    /// The languages people choose from, in their own names; any other comes over the API.
    private static let knownLanguages: KeyValuePairs = [
        "ar": "العربية", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά",
        "en": "English", "es": "Español", "fi": "Suomi", "fr": "Français", "he": "עברית",
        "hi": "हिन्दी", "hu": "Magyar", "it": "Italiano", "ja": "日本語", "ko": "한국어",
        "nb": "Norsk bokmål", "nl": "Nederlands", "pl": "Polski", "pt": "Português",
        "ro": "Română", "ru": "Русский", "sv": "Svenska", "tr": "Türkçe", "uk": "Українська",
        "zh": "中文",
    ]

    private static func languages(_ chosen: String?) -> [Choice] {
        let chosen = chosen ?? ""
        let isOther = !chosen.isEmpty && !knownLanguages.contains { $0.key == chosen }
        return [Choice("", "As each channel says", selected: chosen.isEmpty)]
            + (isOther ? [Choice(chosen, chosen, selected: true)] : [])
            + knownLanguages.map { Choice($0.key, $0.value, selected: $0.key == chosen) }
    }

    private static func answers(_ detail: ItemDetail) -> [ComposerView.Answer] {
        Brief.Part.allCases.map { part in
            ComposerView.Answer(
                question: part.question, text: detail.brief[part]?.text,
                note: detail.brief[part]?.origin.note)
        }
    }

    private static func missing(_ detail: ItemDetail) -> String? {
        let words = detail.brief.missing.map(\.word)
        guard let last = words.last else { return nil }
        let list =
            words.count > 1 ? words.dropLast().joined(separator: ", ") + " and " + last : last
        return "Before this can be scheduled the brief must say \(list)."
    }

    /// The next full hour from nine to six, on the day that was asked for.
    private static func suggestion(_ now: Instant, _ zone: Zone, _ day: CivilDate?) -> LocalTime {
        let local = zone.localTime(now)
        let nine = { (date: CivilDate) in LocalTime(date: date, hour: 9, minute: 0) ?? local }
        if let day, day > local.date { return nine(day) }
        guard (8..<18).contains(local.hour) else {
            return nine(local.hour < 8 ? local.date : local.date.adding(days: 1))
        }
        return LocalTime(date: local.date, hour: local.hour + 1, minute: 0) ?? local
    }

    static func zones(_ chosen: Zone, _ workspace: Zone, _ others: [Zone]) -> [Choice] {
        var names: [String] = []
        for zone in [chosen, workspace] + others + [.utc] where !names.contains(zone.name) {
            names.append(zone.name)
        }
        return names.map { Choice($0, $0, selected: $0 == chosen.name) }
    }
}

extension PostSheet {
    /// The delivery that stands for the whole post.
    var overall: Delivery {
        sides.first { $0.publication.delivery.state == state }?.publication.delivery
            ?? Delivery(contentHash: "")
    }
}

extension Optional where Wrapped: Sendable {
    func asyncMap<Value>(_ body: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
