package import Kernel

/// Whether a person's sign-in asks for a code as well, and how it stands.
package struct SecondFactor: Sendable, Hashable {
    /// Since when codes are asked for; nil when they are not.
    package let since: Instant?
    package let recoveryCodesLeft: Int
    /// Whether the person has a password to prove themselves with.
    package let hasPassword: Bool
}

/// What an authenticator app needs, at the one moment it is shown.
package struct Enrolment: Sendable, Hashable {
    /// Base32, for typing.
    package let secret: String
    /// `otpauth://…`, for the QR code.
    package let address: String
}

/// What a person shows again before their way in may be changed.
package struct PersonProof: Sendable, Hashable {
    package let person: PersonID
    package let password: String?
    /// The session that asks; without a password it must be young.
    package let session: SessionID?
    package let address: String

    package init(
        _ person: PersonID, password: String?, session: SessionID?, address: String
    ) {
        self.person = person
        self.password = password
        self.session = session
        self.address = address
    }

    /// How young a session must be to stand for a password.
    static let freshness: Duration = .minutes(15)
}
