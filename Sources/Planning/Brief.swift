package import Kernel
package import Store
package import Strategy

/// The five answers that an item needs before anything of it is scheduled.
package struct Brief: Sendable, Hashable {
    /// One of the five questions.
    package enum Part: String, Sendable, Codable, CaseIterable {
        case what
        case when
        case how
        case toWhom
        case why

        /// The question as people read it.
        package var question: String {
            switch self {
            case .what: "What is it?"
            case .when: "When is it seen?"
            case .how: "How is it made and said?"
            case .toWhom: "To whom?"
            case .why: "Why?"
            }
        }

        /// The word inside a sentence: “what, when, how, to whom and why”.
        package var word: String { self == .toWhom ? "to whom" : rawValue }
    }

    /// Who says so.
    package enum Origin: String, Sendable, Codable, CaseIterable {
        case written
        case plan
        case charter
        case voice
        case objective

        /// The note beside an answer that nobody typed.
        package var note: String? {
            switch self {
            case .written: nil
            case .plan: "from the plan"
            case .charter: "from the channel's charter"
            case .voice: "from the brand's voice"
            case .objective: "from the objective"
            }
        }
    }

    /// An answer and where it comes from.
    package struct Answer: Sendable, Hashable {
        package let text: String
        package let origin: Origin
    }

    /// The answers there are.
    package let answers: [Part: Answer]

    /// The questions without an answer, in their order.
    package var missing: [Part] { Part.allCases.filter { answers[$0] == nil } }

    package subscript(_ part: Part) -> Answer? { answers[part] }
}

/// What a person wrote in a brief; blank parts are left to strategy and charter.
package struct BriefDraft: Sendable, Hashable, RowReadable {
    package var what: String?
    package var when: String?
    package var how: String?
    package var toWhom: String?
    package var why: String?

    package init(
        what: String? = nil, when: String? = nil, how: String? = nil, toWhom: String? = nil,
        why: String? = nil
    ) {
        self.what = Self.trimmed(what)
        self.when = Self.trimmed(when)
        self.how = Self.trimmed(how)
        self.toWhom = Self.trimmed(toWhom)
        self.why = Self.trimmed(why)
    }

    package init(row: Row) throws {
        what = try row("what")
        when = try row("timing")
        how = try row("how")
        toWhom = try row("audience")
        why = try row("why")
    }

    /// What was written for a part.
    package subscript(_ part: Brief.Part) -> String? {
        switch part {
        case .what: what
        case .when: when
        case .how: how
        case .toWhom: toWhom
        case .why: why
        }
    }

    /// The draft without the parts that say just what `given` says.
    func without(_ given: Brief) -> BriefDraft {
        func own(_ part: Brief.Part) -> String? {
            self[part] == given[part]?.text ? nil : self[part]
        }
        return BriefDraft(
            what: own(.what), when: own(.when), how: own(.how), toWhom: own(.toWhom),
            why: own(.why))
    }

    private static func trimmed(_ text: String?) -> String? {
        guard let text else { return nil }
        let plain = text.trimmingPrefix(while: \.isWhitespace)
        return plain.isEmpty ? nil : String(plain)
    }
}

/// What a brief can be prefilled from.
package struct BriefSources: Sendable {
    package var title: String
    package var month: CivilMonth
    /// The charters of the channels the item goes to.
    package var charters: [Charter]
    package var voice: Voice
    package var objective: Objective?
    package var goal: BusinessGoal?

    package init(
        title: String, month: CivilMonth, charters: [Charter] = [], voice: Voice = Voice(),
        objective: Objective? = nil, goal: BusinessGoal? = nil
    ) {
        self.title = title
        self.month = month
        self.charters = charters
        self.voice = voice
        self.objective = objective
        self.goal = goal
    }
}

extension Brief {
    /// The brief as it stands: what was written, else what strategy and charter say.
    package init(_ draft: BriefDraft, _ sources: BriefSources) {
        var answers: [Part: Answer] = [:]
        for part in Part.allCases {
            if let text = draft[part] {
                answers[part] = Answer(text: text, origin: .written)
            } else {
                answers[part] = sources.answer(part)
            }
        }
        self.answers = answers
    }
}

extension BriefSources {
    /// What can be said about a part without asking anybody.
    func answer(_ part: Brief.Part) -> Brief.Answer? {
        switch part {
        case .what: Brief.Answer(text: title, origin: .plan)
        case .when: Brief.Answer(text: "In \(month.name)", origin: .plan)
        case .how: how
        case .toWhom:
            Self.joined(charters.map(\.audience)).map { .init(text: $0, origin: .charter) }
        case .why: why
        }
    }

    private var how: Brief.Answer? {
        if let text = Self.joined(charters.map(\.voice)) {
            return .init(text: text, origin: .charter)
        }
        return voice.sound.isEmpty ? nil : .init(text: voice.sound, origin: .voice)
    }

    private var why: Brief.Answer? {
        guard let objective else { return nil }
        var text = "To bring \(objective.kpi) from \(objective.words(objective.baseline)) to "
        text += "\(objective.words(objective.target)) by \(objective.dueOn.words)"
        if let goal { text += ", for our goal \(goal.title)" }
        return .init(text: text, origin: .objective)
    }

    /// The different texts that are not blank, one a line.
    private static func joined(_ texts: [String]) -> String? {
        var seen: [String] = []
        for text in texts where !text.allSatisfy(\.isWhitespace) && !seen.contains(text) {
            seen.append(text)
        }
        return seen.isEmpty ? nil : seen.joined(separator: "\n")
    }
}
