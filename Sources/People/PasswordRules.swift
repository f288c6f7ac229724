/// Which passwords are accepted: long ones that are not on every guesser's list.
///
/// Length is what makes a password strong; rules about digits and signs make people choose
/// `Password1!` (NIST SP 800-63B §5.1.1.2).
package enum PasswordRules {
    package static let shortest = 12
    /// Bytes; enough for 64 characters of any script.
    package static let longest = 256

    /// What is wrong with a password.
    package enum Fault: Sendable, Hashable {
        case tooShort
        case tooLong
        case common
        case personal

        var message: String {
            switch self {
            case .tooShort:
                "Use at least \(PasswordRules.shortest) characters. Four random words are good."
            case .tooLong:
                "Use at most \(PasswordRules.longest) plain letters, or 64 characters of any kind."
            case .common:
                "This is one of the first passwords that guessers try. Choose another."
            case .personal:
                "Do not use your name, address or workspace as the password. Choose another."
            }
        }
    }

    /// What is wrong with a password for this person; nil when it is good.
    ///
    /// `words` are other names that a guesser would try for this person; `known` are passwords
    /// from breaches.
    package static func fault(
        in password: String, email: String, name: String, words: [String] = [],
        known: KnownPasswords = .none
    ) -> Fault? {
        guard password.count >= shortest else { return .tooShort }
        guard password.utf8.count <= longest else { return .tooLong }
        let plain = password.lowercased().filter { $0.isLetter || $0.isNumber }
        let halves = email.split(separator: "@").map(String.init)
        let personal = [email, name] + halves + words
        for word in personal.map({ $0.lowercased().filter { $0.isLetter || $0.isNumber } })
        where word.count >= 4 && plain.count - word.count <= 4 && plain.contains(word) {
            return .personal
        }
        return isCommon(plain) || known.contains(password) ? .common : nil
    }

    /// Whether little is left after the parts that every guesser tries.
    private static func isCommon(_ plain: String) -> Bool {
        guard Set(plain).count > 4 else { return true }
        var rest = plain
        for word in commonWords { rest = rest.replacing(word, with: "") }
        // Years and trailing digits add next to nothing.
        rest = rest.filter { !$0.isNumber }
        return rest.count <= 2 || isRun(plain)
    }

    /// Whether the characters follow each other, as in `abcdefghijkl` or `987654321098`.
    private static func isRun(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int($0.value) }
        let steps = zip(values, values.dropFirst()).map { $1 - $0 }
        let even = steps.filter { abs($0) <= 1 }
        return even.count >= steps.count - 2
    }

    // The longest first, so that a short word does not break a long one.
    private static let commonWords: [String] = [
        "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "1q2w3e4r5t", "1qaz2wsx3edc",
        "correcthorsebatterystaple", "throughline", "administrator", "trustno1", "password",
        "passwort", "passw0rd", "p4ssword", "motdepasse", "contrasena", "iloveyou", "letmein",
        "welcome", "princess", "sunshine", "football", "baseball", "superman", "starwars",
        "whatever", "dragon", "monkey", "master", "shadow", "qwerty", "azerty", "qwertz", "abc123",
        "1q2w3e", "1qaz2wsx", "zaq12wsx", "changeme", "default", "secret", "summer", "winter",
        "spring", "autumn", "monday", "friday", "january", "december", "hello", "login", "admin",
        "guest", "access", "server", "computer", "internet", "google", "test", "demo", "user",
        "root", "pass", "word", "love", "abc", "xyz", "the", "my", "is",
    ].sorted { $0.count > $1.count }
}
