/// How closely proofs of who somebody is are read.
///
/// Strict is ASVS 5.0 to the letter (V6.5.5 and V11.2.3), for those who are held to it; usual is what
/// most people's phones and most companies' servers need.
package enum SignInRigour: String, Sendable {
    case usual, strict

    /// The half minutes around now whose codes count.
    var steps: ClosedRange<Int64> {
        switch self {
        // RFC 6238 §5.2: typing takes a while, and clocks differ.
        case .usual: -1...1
        case .strict: 0...0
        }
    }

    /// Bits of security that a key under somebody's ID token must have.
    var keyStrength: Int {
        switch self {
        case .usual: 112
        case .strict: 128
        }
    }
}
