import Kernel
package import Store

extension TablePolicy {
    /// Digests, sealed credentials and salts mean nothing to a person.
    static func isSecret(_ column: String) -> Bool {
        ["secret", "sealed", "salt", "hash"].contains(where: column.contains)
            || column == "hand_token"
    }

    /// What erasing a person does here, in words.
    var erasureWords: String {
        switch people {
        case .nobody: return "Nothing: it speaks of nobody."
        case .found(let traces):
            let fates = PersonFindings.Fate.allCases.filter { fate in
                traces.contains { $0.erasure.fate == fate }
            }
            return fates.map { fate in
                switch fate {
                case .deleted: "Rows are deleted."
                case .madeNobodys: "The row stays and says nothing of the person."
                case .stays: "The row stays."
                }
            }.joined(separator: " ")
        }
    }
}

extension TablePolicy.Keeping {
    /// How long, in how many days, and why.
    func words(trafficDays: Int) -> (kept: String, days: Int?, because: String) {
        switch self {
        case .always(let because): ("As long as the workspace", nil, because)
        case .briefly(let because): ("Days at most", nil, because)
        case .with(let table): ("As long as its \(table)", nil, "it means nothing without it")
        case .lasting(let time, _, _, let because): (Self.words(time), Self.days(time), because)
        case .chosen(_, _, _, let because):
            ("\(trafficDays) days, as the workspace chose", trafficDays, because)
        }
    }

    private static func days(_ time: Duration) -> Int { Int(time.inSeconds / 86_400) }

    private static func words(_ time: Duration) -> String {
        let hours = Int(time.inSeconds / 3600)
        return switch hours {
        case 0: "Until it has run out"
        case 1..<24: hours == 1 ? "1 hour" : "\(hours) hours"
        default: "\(hours / 24) days"
        }
    }
}

extension PrivacyDesk {
    /// What every table keeps, as the table of the documentation.
    package var markdown: String { Self.markdown(policies) }

    /// The same of any declarations.
    package static func markdown(_ policies: [TablePolicy]) -> String {
        let usual = usualTrafficDays(policies)
        let rows = entries(policies, trafficDays: usual).map { entry in
            let people =
                entry.nobody.map { "nobody: \($0)" }
                ?? entry.personal.map { "`\($0)`" }.joined(separator: ", ")
            return "| `\(entry.table)` | \(entry.holds) | \(people) | \(entry.kept) – "
                + "\(entry.because) | \(entry.nobody == nil ? entry.erasure : "–") |"
        }
        return
            (["| Table | Holds | Of people | Kept | Erasing a person |", "|---|---|---|---|---|"]
            + rows).joined(separator: "\n")
    }
}
