import People
import Web

extension KnownPasswords {
    /// The passwords from breaches that this binary carries; none where `make assets` has not run.
    static let embedded =
        Assets.embedded["data/known-passwords.bin"].flatMap { KnownPasswords($0.bytes) } ?? .none
}
