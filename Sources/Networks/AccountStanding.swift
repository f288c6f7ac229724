package import Kernel

/// What a network says of an account before anything is sent in its name.
package struct AccountStanding: Sendable, Hashable {
    /// Rights that publishing needs and this program was not given; empty when all are there, or
    /// when the network does not say.
    package var missingRights: [String]
    /// Why the account may not publish at all, in one sentence.
    package var restriction: String?
    /// How many posts the network still takes now; nil when it does not say.
    package var postsLeft: Int?
    /// When the sign-in ends and a person must renew it; nil when it does not, or nobody says.
    package var signInEnds: Instant?

    package init(
        missingRights: [String] = [], restriction: String? = nil, postsLeft: Int? = nil,
        signInEnds: Instant? = nil
    ) {
        self.missingRights = missingRights
        self.restriction = restriction
        self.postsLeft = postsLeft
        self.signInEnds = signInEnds
    }
}
