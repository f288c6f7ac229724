import Channels
import Kernel
import People
import Strategy
import Web

extension StrategyWeb {
    var statementRoutes: [Route] {
        let voice = statement("voice", "keepVoice", "Says how the brand sounds.") {
            (input: VoiceInput) in
            .voice(sound: input.sound, avoid: input.avoid ?? "")
        }
        let feedback = statement("feedback", "keepFeedback", "Says how feedback is handled.") {
            (input: FeedbackInput) in
            .feedback(answerWithinHours: input.answerWithinHours, how: input.how ?? "")
        }
        let focus = statement("focus", "keepFocus", "Says which channels deserve focus.") {
            (input: StatementInput) in
            .focus(input.text)
        }
        let returns = statement(
            "higher-returns", "keepHigherReturns", "Says what would raise returns."
        ) { (input: StatementInput) in
            .higherReturns(input.text)
        }
        return [
            voice.route, feedback.route, focus.route, returns.route,
            voice.action(
                "/w/{workspace}/strategy/voice", method: .put, then: part(.representation)),
            feedback.action(
                "/w/{workspace}/strategy/feedback", method: .put, then: part(.feedback)),
            focus.action("/w/{workspace}/strategy/focus", method: .put, then: part(.focus)),
            returns.action(
                "/w/{workspace}/strategy/higher-returns", method: .put,
                then: part(.higherReturns)),
        ] + messageRoutes
    }

    private func statement<Input: APIValue>(
        _ path: String, _ id: String, _ summary: String,
        _ statement: @escaping @Sendable (Input) -> StrategyStatement
    ) -> Endpoint<Input, Nothing> {
        Endpoint(
            .put, "\(Self.base)/strategy/\(path)", id: id, summary, tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<Input>) in
            try await desk.keep(
                statement(call.input), in: call.workspace.workspace, by: call.principal)
            return Nothing()
        }
    }

    private var messageRoutes: [Route] {
        let create = Endpoint(
            .post, "\(Self.base)/key-messages", id: "createKeyMessage",
            "Adds something people should remember.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<KeyMessageInput>) in
            StrategyReference(
                try await desk.addMessage(
                    call.input.message, proof: call.input.proof ?? "",
                    in: call.workspace.workspace, by: call.principal))
        }
        let change = Endpoint(
            .put, "\(Self.base)/key-messages/{message}", id: "changeKeyMessage",
            "Says a key message in other words.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<KeyMessageInput>) in
            let id = try call.id("message", KeyMessageTag.self)
            try await desk.changeMessage(
                id, call.input.message, proof: call.input.proof ?? "",
                in: call.workspace.workspace, by: call.principal)
            return StrategyReference(id)
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/key-messages/{message}", id: "removeKeyMessage",
            "Removes a key message.", tag: Self.tag, access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await desk.removeMessage(
                try call.id("message", KeyMessageTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/strategy/messages"
        return [
            create.route, change.route, remove.route,
            create.action(path, then: part(.representation)),
            change.action("\(path)/{message}", method: .put, then: part(.representation)),
            remove.action("\(path)/{message}", method: .delete, then: part(.representation)),
        ]
    }

    var charterRoutes: [Route] {
        let keep = Endpoint(
            .put, "\(Self.base)/channels/{channel}/charter", id: "keepCharter",
            "Writes what a channel is for; each channel has one charter.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<CharterInput>) in
            StrategyReference(
                try await desk.keepCharter(
                    of: try call.id("channel", ChannelTag.self), call.input.draft,
                    in: call.workspace.workspace, by: call.principal))
        }
        let remove = Endpoint(
            .delete, "\(Self.base)/channels/{channel}/charter", id: "removeCharter",
            "Removes a channel's charter; the channel stays.", tag: Self.tag,
            access: .workspace(.editStrategy)
        ) { (call: Call<Nothing>) in
            try await desk.removeCharter(
                of: try call.id("channel", ChannelTag.self), in: call.workspace.workspace,
                by: call.principal)
            return Nothing()
        }
        let path = "/w/{workspace}/strategy/charters/{channel}"
        return [
            keep.route, remove.route,
            keep.action(path, method: .put, then: part(.focus)),
            remove.action(path, method: .delete, then: part(.focus)),
        ]
    }
}
