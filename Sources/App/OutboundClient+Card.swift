import Foundation
import Outbound
import Publishing

extension OutboundClient {
    /// What the page at an address says about itself; nil when it is no page or says nothing.
    func card(at url: String) async -> PageCard? {
        let request = OutboundRequest(
            "GET", url, headers: [("accept", "text/html,application/xhtml+xml;q=0.9")],
            deadline: .seconds(3), maxBytes: 2 << 20)
        guard let answer = try? await send(request), answer.isSuccess else { return nil }
        let type = (answer.headers["content-type"] ?? "").lowercased()
        guard type.hasPrefix("text/html") || type.hasPrefix("application/xhtml") else { return nil }
        let isLatin = type.contains("8859-1") || type.contains("windows-1252")
        let text =
            isLatin
            ? String(data: answer.body, encoding: .windowsCP1252) ?? ""
            : String(decoding: answer.body, as: UTF8.self)
        return PageCard(html: text, at: answer.url)
    }

    /// The bytes of a picture at an address.
    func picture(at url: String) async -> Data? {
        let request = OutboundRequest(
            "GET", url, headers: [("accept", "image/jpeg,image/png,image/webp")],
            deadline: .seconds(3), maxBytes: 8 << 20)
        guard let answer = try? await send(request), answer.isSuccess else { return nil }
        return answer.body
    }
}
