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
        do {
            let access = try open(kept)
            if let fresh, access.credentials.isSameSignIn(as: fresh) { return nil }
            guard !isHeld() else {
                return which + " was not ended, because this server is held back: end it over "
                    + "there, unless another server uses it"
            }
            guard let end = connecting?.end else {
                return which + " cannot be ended from here: end it over there"
            }
            try await end(access)
            return nil
        } catch {
            return which + " could not be ended: end it over there"
        }
    }
}
