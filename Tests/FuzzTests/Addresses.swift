import Foundation
import Kernel
import Links
import Measurement

@testable import NetworksLive
@testable import Outbound
@testable import Web

extension FuzzTarget {
    /// Web addresses, host names, queries and forms, wherever people or servers give them.
    static let addresses = FuzzTarget(name: "addresses") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        try checkGuard(text)
        try checkDestination(text)
        try checkForm(text)
        try checkPublicAddress(text)
        try checkMail(text)
        if Schema.url().problems(with: .string(text)).isEmpty {
            // Pages put these into `href` as they are.
            let isWeb = ["https://", "http://"].contains { text.lowercased().hasPrefix($0) }
            try hold(isWeb, "a web address that begins otherwise: \(text.debugDescription)")
        }
        _ = NetworkClass(text)
        if let address = IPAddress(text) {
            try same(IPAddress("\(address)"), address, "an address written and read")
        }
    }

    private static let doors = AddressGuard(allow: ["mock.test:8080", "127.0.0.1:9000"])

    private static func checkGuard(_ text: String) throws {
        guard let target = try? doors.target(text) else { return }
        try hold(target.rest.hasPrefix("/"), "a path without a slash: \(target.rest)")
        try same(try doors.target(target.url), target, "read again it is another place")
        try hold(
            target.url.utf8.allSatisfy { $0 > 32 && $0 < 127 },
            "a request line could be cut: \(target.url)")
        // Another reader of the same text must go to the same host.
        let host = URL(string: target.url)?.host()?.lowercased()
        let plain = host?.trimmingCharacters(in: ["[", "]"])
        try same(plain, target.host, "two readers, two hosts for \(text)")
        guard !target.isAllowListed else { return }
        try same(target.scheme, "https", "a scheme")
        try hold([443, 8443].contains(target.port), "port \(target.port)")
        guard let literal = IPAddress(target.host) else { return }
        let isRefused = (try? doors.check([literal], of: target)) == nil
        try same(isRefused, !literal.isPublic, "a door for \(literal)")
    }

    private static let campaign = UTM(
        source: "mastodon", medium: "social", campaign: "spring sale & more", content: "ab#c=d")

    private static func checkDestination(_ text: String) throws {
        let tidy = UTM.tidy(text)
        try hold(tidy.utf8.count <= 80 && !tidy.hasPrefix("-") && !tidy.hasSuffix("-"), tidy)
        try same(UTM.tidy(tidy), tidy, "tidied twice")
        if let token = ClickToken.read(text) {
            try same(ClickToken.text(token), text.lowercased(), "a click's number")
        }
        guard let destination = try? Destination(text) else { return }
        try same(try Destination(destination.url), destination, "a destination read again")
        let tagged = campaign.applied(to: destination)
        let counted = ClickToken.added(-2, to: tagged)
        let fragment = { (url: String) in
            url.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                .dropFirst().first
        }
        for url in [tagged, counted] {
            try same(fragment(url), fragment(destination.url), "the fragment of \(url)")
            let parts = URLComponents(string: url)
            try same(parts?.host?.lowercased(), destination.host, "the host of \(url)")
            try hold(parts?.user == nil, "a hidden host in \(url)")
        }
        if counted.utf8.count <= Destination.longest {
            let again = try Destination(tagged)
            try same(campaign.applied(to: again), tagged, "tagged twice")
        }
        let query = counted.prefix { $0 != "#" }.drop { $0 != "?" }.dropFirst()
        let form = Form(String(query))
        guard form.pairs.count < 1900 else { return }
        try same(form.all("tlc").last, "fffffffffffffffe", "the click's number in \(counted)")
        let names = Set(form.pairs.map { $0.name.lowercased() })
        for (name, _) in campaign.pairs {
            try hold(names.contains(name), "\(name) is missing in \(counted)")
        }
    }

    private static func checkForm(_ text: String) throws {
        let form = Form(text)
        try hold(form.pairs.count <= 2000, "\(form.pairs.count) fields")
        let encoded = RequestBody.form(form.pairs.map { ($0.name, $0.value) })
        let again = Form(String(decoding: encoded, as: UTF8.self))
        try same(
            again.pairs.map { [$0.name, $0.value] }, form.pairs.map { [$0.name, $0.value] },
            "a form written and read")
    }

    private static func checkPublicAddress(_ text: String) throws {
        let now = Instant(milliseconds: 0)
        var address = PublicAddress()
        guard (try? address.configure(text, challenge: "c", answer: "a", at: now)) != nil,
            let url = address.url
        else { return }
        try hold(url.hasPrefix("https://") && !url.hasSuffix("/"), "a public address: \(url)")
        try hold(!url.contains(where: { "?#@".contains($0) }), "more than an origin: \(url)")
        var other = PublicAddress()
        _ = try other.configure(url, challenge: "c", answer: "a", at: now)
        try same(other.url, url, "a public address read again")
    }

    private static func checkMail(_ text: String) throws {
        if let relay = try? MailRelay(text) {
            try hold((1...65_535).contains(relay.port), "a port")
            try hold(!relay.host.isEmpty, "no host")
        }
        guard let mail = try? MailAddress.read(text) else { return }
        try hold(
            mail.address.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 60 && $0 != 62 },
            "an address that could end a command: \(mail.address.debugDescription)")
        try same(try MailAddress(mail.address).address, mail.address, "an address read again")
    }
}
