package import Kernel

/// A small label: icon, word and colour together, never colour alone.
package struct Chip: Sendable, Hashable {
    /// What the colour of a chip says.
    package enum Tone: String, Sendable {
        case plain, good, warn, alert, info, quiet
    }

    package let text: String
    package let tone: String
    package let icon: String?

    package init(_ text: String, _ tone: Tone = .plain, icon: String? = nil) {
        self.text = text
        self.tone = tone.rawValue
        self.icon = icon
    }
}

/// One limit of a network, with where it stands and when it was read there.
package struct LimitRow: Sendable, Hashable {
    package let words: String
    package let amount: String
    package let source: String
    /// The source as a link, where it is a public page.
    package let href: String?
    package let day: String?
    /// Whether the account's own server said it.
    package let isLive: Bool

    package init(_ words: String, _ amount: String, source: String, day: String, isLive: Bool) {
        self.words = words
        self.amount = amount
        self.source = source
        href = source.hasPrefix("https://") ? source : nil
        self.day = day.isEmpty ? nil : day
        self.isLive = isLive
    }
}

/// What an empty list says: why it is empty and what to do.
package struct EmptyState: Sendable, Hashable {
    /// The one button of an empty list.
    package struct Action: Sendable, Hashable {
        package let label: String
        package let href: String

        package init(_ label: String, href: String) {
            self.label = label
            self.href = href
        }
    }

    package let icon: String
    package let title: String
    package let text: String
    package let action: Action?

    package init(icon: String, title: String, text: String, action: Action? = nil) {
        self.icon = icon
        self.title = title
        self.text = text
        self.action = action
    }
}

/// An object's place in the line of sight, from the business goal down.
package struct Trail: Sendable, Hashable {
    /// One object on the way down.
    package struct Crumb: Sendable, Hashable {
        package let kind: String
        package let title: String
        package let href: String?

        package init(_ kind: String, _ title: String, href: String? = nil) {
            self.kind = kind
            self.title = title
            self.href = href
        }
    }

    package let crumbs: [Crumb]

    /// The trail, or nothing where there is nothing above.
    package init?(_ crumbs: [Crumb]) {
        guard !crumbs.isEmpty else { return nil }
        self.crumbs = crumbs
    }
}

/// One line of an activity list.
package struct ActivityEntry: Sendable, Hashable {
    package let when: String
    package let summary: String
    package let who: String

    package init(when: String, summary: String, who: String) {
        self.when = when
        self.summary = summary
        self.who = who
    }
}

/// The pages inside one section.
package struct Tabs: Sendable, Hashable {
    /// One tab.
    package struct Item: Sendable, Hashable {
        package let title: String
        package let href: String
        package let current: Bool
        package let count: String?

        package init(_ title: String, href: String, current: Bool, count: String? = nil) {
            self.title = title
            self.href = href
            self.current = current
            self.count = count
        }
    }

    package let label: String
    package let items: [Item]

    package init(_ label: String, _ items: [Item]) {
        self.label = label
        self.items = items
    }
}

/// One option of a select or one radio button.
package struct Choice: Sendable, Hashable {
    package let value: String
    package let label: String
    package let selected: Bool

    package init(_ value: String, _ label: String, selected: Bool = false) {
        self.value = value
        self.label = label
        self.selected = selected
    }
}

extension ActivityEntry {
    /// An entry with its time as a clock in `zone` shows it: `23 Nov 2026, 14:30`.
    package init(at instant: Instant, zone: Zone, summary: String, who: String) {
        self.init(when: zone.words(instant), summary: summary, who: who)
    }
}

extension Zone {
    /// A time for people: `23 Nov 2026, 14:30`.
    package func words(_ instant: Instant) -> String {
        let local = localTime(instant)
        return "\(local.date.day) \(local.date.civilMonth.shortName) \(local.date.year), "
            + local.clock
    }
}
