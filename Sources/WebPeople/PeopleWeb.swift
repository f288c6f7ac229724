package import Channels
import Kernel
package import People
package import Web

/// Sign-in, first steps, the home page and the settings of people, workspaces and channels.
package struct PeopleWeb: Sendable {
    let people: PeopleDesk
    let channels: ChannelDesk
    let frame: Frame
    let isSecure: Bool
    /// Whether a new workspace asks for a second factor unless its maker says otherwise.
    let asksSecondFactor: Bool
    let cookie: SessionCookie
    /// Carries a sign-in from the password to the code.
    let step: PassingCookie
    let cards: HomeCards
    let first: FirstSteps
    let guests: GuestNeighbours
    /// The choices about approvals with the present one selected; Publishing keeps them.
    let approvals: (@Sendable (Membership) async throws -> [Choice])?
    let moreSettings: [SettingsTab]

    /// A settings page of another slice.
    package struct SettingsTab: Sendable {
        let title: String
        let path: String
        let permission: Permission

        /// `path` is below `/settings/`; only those who may do `permission` see the tab.
        package init(_ title: String, path: String, needs permission: Permission) {
            self.title = title
            self.path = path
            self.permission = permission
        }
    }

    package init(
        people: PeopleDesk, channels: ChannelDesk, frame: Frame, isSecure: Bool,
        asksSecondFactor: Bool = false, cards: HomeCards, first: FirstSteps,
        guests: GuestNeighbours,
        approvals: (@Sendable (Membership) async throws -> [Choice])? = nil,
        moreSettings: [SettingsTab] = []
    ) {
        self.people = people
        self.channels = channels
        self.frame = frame
        self.isSecure = isSecure
        self.asksSecondFactor = asksSecondFactor
        cookie = SessionCookie(isSecure: isSecure)
        step = PassingCookie("step", isSecure: isSecure)
        self.cards = cards
        self.first = first
        self.guests = guests
        self.approvals = approvals
        self.moreSettings = moreSettings
    }

    /// Every route of people and channels.
    package var routes: [Route] {
        signInRoutes + secondStepRoutes + welcomeRoutes + accountRoutes + sessionRoutes
            + secondFactorRoutes + passwordLinkRoutes + openIDRoutes + workspaceRoutes
            + startRoutes + homeRoutes + settingsRoutes + memberRoutes + invitationRoutes
            + guestRoutes
            + tokenRoutes + activityRoutes + channelRoutes + connectRoutes
    }

    static let base = "/workspaces/{workspace}"

    /// `/w/roastery`
    static func root(_ request: WebRequest) -> String { "/w/\(request.workspace.slug)" }

    /// Refuses tokens that were made for less than everything where a person's own account is.
    static func requireWholePerson(_ request: WebRequest) throws(Problem) {
        guard let allows = request.caller?.tokenAllows else { return }
        guard Permission.allCases.allSatisfy(allows) else {
            throw Problem(
                .forbidden, code: "access.token-scope",
                "This token may not touch its owner's account. Sign in, or use a token with "
                    + "every permission.")
        }
    }

    static func person(_ request: WebRequest) throws(Problem) -> PersonID {
        guard let caller = request.caller else {
            throw Problem(.unauthenticated, code: "access.sign-in", "Please sign in first.")
        }
        return caller.person
    }

    /// The tabs of the settings, with one of them current.
    package func tabs(_ request: WebRequest, _ current: String) -> Tabs {
        let own = [
            ("Workspace", "workspace"), ("Members", "members"), ("Channels", "channels"),
            ("API tokens", "tokens"),
        ]
        let isOwner = Web.Access.allows(.manageWorkspace, request)
        let more = moreSettings.filter { Web.Access.allows($0.permission, request) }
        let all =
            own + (isOwner ? [("Activity", "activity")] : [])
            + more.map { ($0.title, $0.path) } + [("My account", "account")]
        // Guests have an account and no settings of the workspace.
        let isGuest = request.workspace.role == .guest
        return Tabs(
            "Settings",
            (isGuest ? [("My account", "account")] : all).map { title, path in
                Tabs.Item(
                    title, href: "\(Self.root(request))/settings/\(path)",
                    current: path == current)
            })
    }

    /// Options for a choice of time zone.
    static func zones(_ chosen: Zone) -> [Choice] {
        (["UTC"] + Zone.allNames).map { Choice($0, $0, selected: $0 == chosen.name) }
    }
}
