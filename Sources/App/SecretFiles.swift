import Foundation
import Kernel

/// Secrets that lie in files of a vault, an orchestrator or the service manager.
///
/// `THROUGHLINE_SMTP_FILE=/run/secrets/smtp` means what `THROUGHLINE_SMTP` with that file's text
/// means, without the text standing in the environment.
enum SecretFiles {
    /// The settings that hold something secret.
    static let names = ["DATABASE", "SMTP", "OPENID_SECRET", "METRICS_TOKEN"]
    /// Bytes of a file that are read at most.
    private static let largest = 65_536

    /// The variables with those that name files filled in.
    static func filled(_ environment: [String: String]) throws(Problem) -> [String: String] {
        var filled = environment
        for name in names.map({ "THROUGHLINE_\($0)" }) {
            guard let path = environment["\(name)_FILE"], !path.isEmpty else { continue }
            guard environment[name]?.isEmpty ?? true else {
                throw wrong("\(name) and \(name)_FILE are both set. Take one of them away.")
            }
            guard let handle = FileHandle(forReadingAtPath: path),
                let data = try? handle.read(upToCount: largest + 1)
            else { throw wrong("\(name)_FILE names \(path), which cannot be read.") }
            try? handle.close()
            let text = String(decoding: data, as: UTF8.self)
                .trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty, data.count <= largest, !text.contains(where: \.isNewline) else {
                throw wrong("\(name)_FILE names \(path), which has to hold one line of text.")
            }
            filled[name] = text
        }
        return filled
    }

    private static func wrong(_ what: String) -> Problem {
        Problem(.invalid, code: "config.value", what)
    }
}
