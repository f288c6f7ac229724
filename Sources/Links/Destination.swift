import Foundation
import Kernel

/// A checked web address that a post may lead to.
package struct Destination: Sendable, Hashable, CustomStringConvertible {
    /// The address as people typed it, trimmed.
    package let url: String
    /// The host in lower case.
    package let host: String

    /// The longest address that is kept; browsers and networks cut longer ones.
    package static let longest = 2000

    /// Checks an address that a person or program gave.
    package init(_ text: String) throws(LinkError) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard trimmed.utf8.count <= Self.longest else { throw .tooLong }
        guard
            trimmed.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 }),
            !trimmed.contains("\\"),
            let parts = URLComponents(string: trimmed), let scheme = parts.scheme?.lowercased(),
            let host = parts.host?.lowercased(), !host.isEmpty
        else { throw .notAnAddress }
        guard scheme == "https" || scheme == "http" else { throw .scheme(scheme) }
        // `https://bank.example@evil.example` shows one host and opens another.
        guard parts.percentEncodedUser == nil, parts.percentEncodedPassword == nil else {
            throw .hiddenHost
        }
        guard host.contains(".") || host == "localhost" || host.contains(":") else {
            throw .notAnAddress
        }
        url = trimmed
        self.host = host
    }

    /// Reads an address that was checked before it was stored.
    init(stored text: String) throws { self = try Destination(text) }

    package var description: String { url }
}

/// The campaign parameters that web analytics of every make read.
package struct UTM: Sendable, Hashable, Codable {
    package var source: String?
    package var medium: String?
    package var campaign: String?
    package var content: String?
    package var term: String?

    package init(
        source: String? = nil, medium: String? = nil, campaign: String? = nil,
        content: String? = nil, term: String? = nil
    ) {
        self.source = source
        self.medium = medium
        self.campaign = campaign
        self.content = content
        self.term = term
    }

    /// The parameters in the order in which they are written.
    package var pairs: [(name: String, value: String)] {
        [
            ("utm_source", source), ("utm_medium", medium), ("utm_campaign", campaign),
            ("utm_content", content), ("utm_term", term),
        ].compactMap { name, value in
            guard let value, !value.isEmpty else { return nil }
            return (name, value)
        }
    }

    /// Whether an address names its own content, which stays as it is.
    package static func hasContent(_ destination: Destination) -> Bool {
        names(in: destination).contains("utm_content")
    }

    private static func names(in destination: Destination) -> Set<String> {
        let front = destination.url.split(separator: "#", maxSplits: 1)[0]
        let query = front.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return Set(
            (query.count > 1 ? query[1] : "").split(separator: "&").map {
                $0.split(separator: "=", omittingEmptySubsequences: false)[0].lowercased()
            })
    }

    /// The destination with these parameters; ones it already carries are kept as they are.
    ///
    /// The fragment stays last, and everything else in the address stays byte for byte.
    package func applied(to destination: Destination) -> String {
        let halves = destination.url.split(
            separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let front = String(halves[0])
        let fragment = halves.count > 1 ? "#" + halves[1] : ""
        let query = front.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let present = Self.names(in: destination)
        let added = pairs.filter { !present.contains($0.name) }
            .map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
        guard !added.isEmpty else { return destination.url }
        let separator =
            query.count < 2 ? "?" : (query[1].isEmpty || query[1].hasSuffix("&") ? "" : "&")
        return front + separator + added + fragment
    }

    /// Lower case with hyphens, so that “Spring Sale” and “spring sale” are one campaign.
    package static func tidy(_ text: String, longest: Int = 80) -> String {
        let folded = text.folding(
            options: [.diacriticInsensitive, .caseInsensitive], locale: Locale(identifier: "en"))
        var out = ""
        for character in folded.lowercased() {
            if character.isASCII, character.isLetter || character.isNumber {
                out.append(character)
            } else if !out.isEmpty, out.last != "-" {
                out.append("-")
            }
        }
        // A long name ends after a whole word.
        if out.count > longest {
            let cut = out.prefix(longest + 1)
            out = String(cut[..<(cut.lastIndex(of: "-") ?? cut.endIndex)].prefix(longest))
        }
        while out.last == "-" { out.removeLast() }
        return out
    }

    private static func encoded(_ value: String) -> String {
        var unreserved = CharacterSet.alphanumerics
        unreserved.formIntersection(CharacterSet(charactersIn: "\u{0}"..."\u{7F}"))
        unreserved.insert(charactersIn: "-._~")
        return value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }
}
