import Kernel
import Networks
import People
import Store

extension ChannelDesk {
    /// Ends a sign-in that was just forgotten here at its network too, where that can be done.
    ///
    /// `fresh` is what took its place; a server that gave the same once more keeps it.
    /// What may still be good there goes into the record. A network that cannot be reached keeps
    /// nobody from disconnecting; a record that cannot be written costs that remark and no more.
    func end(
        _ kept: SignIn?, replacedBy fresh: Credentials? = nil, in workspace: WorkspaceID,
        by principal: Principal
    ) async {
        guard let kept, let remark = await remark(ending: kept, replacedBy: fresh) else { return }
        try? await database.write { tx in
            try record(
                "channel.sign-in-left", kept.channel.id, remark, changes: [], workspace,
                principal, tx)
        }
    }

    /// Ends a sign-in at its network and says what is left of it; nil when nothing is.
    private func remark(
        ending kept: SignIn, replacedBy fresh: Credentials?
    ) async -> String? {
        let which = "The \(fresh == nil ? "" : "earlier ")sign-in of \(kept.channel.name)"
        let connecting = connectors[kept.channel.network]?.connecting
        let access = try? open(kept)
        if let access, let fresh, access.credentials.isSameSignIn(as: fresh) { return nil }
        let outlasting = connecting?.outlasting
        // What the new sign-in rests on as well is not to be ended.
        let isInUse =
            outlasting != nil && fresh != nil && access?.credentials.extra == fresh?.extra
        let advice = isInUse ? "" : ": end \(outlasting.map { "its \($0)" } ?? "it") over there"
        guard !isHeld() else {
            return which + " was not ended, because this server is held back" + advice
                + (isInUse ? "" : ", unless another server uses it")
        }
        guard let access, let end = connecting?.end else {
            return which + " cannot be ended from here" + advice
        }
        do {
            try await end(access)
        } catch {
            return which + " could not be ended" + advice
        }
        guard let outlasting, !isInUse else { return nil }
        return which + " has ended. Its \(outlasting) may still be good: end it over there"
    }
}
