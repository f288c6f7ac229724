import Foundation
import Kernel
import Outbound
import People
import Testing
import Web

@testable import App

@Suite struct ServerSettingsTests {
    @Test func `prefers options to the environment and that to defaults`() throws {
        let settings = try ServerSettings(
            .init(port: 9000),
            environment: ["THROUGHLINE_PORT": "9001", "THROUGHLINE_DATA": "/srv/data"])
        #expect(settings.port == 9000)
        #expect(settings.dataFolder == "/srv/data")
        #expect(settings.host == "127.0.0.1")
    }

    @Test func `reads secrets from the files that a vault keeps`() throws {
        let file = NSTemporaryDirectory() + "metrics-\(UInt64.random(in: 0...UInt64.max))"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try "a token of many letters\n".write(toFile: file, atomically: true, encoding: .utf8)
        let named = ["THROUGHLINE_METRICS_TOKEN_FILE": file]
        let settings = try ServerSettings(.init(), environment: named)
        #expect(settings.metricsToken == "a token of many letters")
        #expect(!settings.lines.contains { $0.value.contains("many letters") })
        #expect(throws: Problem.self) {
            try ServerSettings(
                .init(), environment: named.merging(["THROUGHLINE_METRICS_TOKEN": "x"]) { $1 })
        }
        for bad in ["", "two\nlines\n", String(repeating: "x", count: 70_000)] {
            try bad.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(throws: Problem.self) { try ServerSettings(.init(), environment: named) }
        }
        #expect(throws: Problem.self) {
            try ServerSettings(.init(), environment: ["THROUGHLINE_SMTP_FILE": "/no/such/file"])
        }
    }

    @Test(arguments: [
        ["THROUGHLINE_VIRUS_SCANNER": "clamd"], ["THROUGHLINE_PORT": "many"],
        ["THROUGHLINE_PORT": "70000"],
        ["THROUGHLINE_PUBLIC_URL": "social.example"],
        ["THROUGHLINE_PUBLIC_URL": "https://social.example/deep"],
        ["THROUGHLINE_DATABASE": "mysql://x"], ["THROUGHLINE_LOG_LEVEL": "loud"],
        ["THROUGHLINE_REQUESTS_PER_SECOND": "many"], ["THROUGHLINE_REQUESTS_PER_SECOND": "-1"],
        ["THROUGHLINE_SMTP": "smtp://mail.example"],
        ["THROUGHLINE_PRACTICE_NETWORK": "maybe"], ["THROUGHLINE_PRACTICE_NETWORK": ""],
        ["THROUGHLINE_SMTP": "mail.example", "THROUGHLINE_MAIL_FROM": "a@example.org"],
        ["THROUGHLINE_SMTP": "smtp://mail.example", "THROUGHLINE_MAIL_FROM": "a b@example.org"],
    ])
    func `refuses what cannot work`(environment: [String: String]) {
        #expect(throws: Problem.self) {
            try ServerSettings(.init(), environment: environment)
        }
    }

    @Test(
        arguments: [
            (nil, [:], "on"), (nil, ["THROUGHLINE_PRACTICE_NETWORK": "off"], "off"),
            ("on", ["THROUGHLINE_PRACTICE_NETWORK": "off"], "on"), ("off", [:], "off"),
            // How it misbehaves in rehearsals is another matter.
            (nil, ["THROUGHLINE_PRACTICE": "ignore-keys"], "on"),
        ] as [(String?, [String: String], String)])
    func `leaves the practice network out when told to`(
        option: String?, environment: [String: String], shown: String
    ) throws {
        let settings = try ServerSettings(
            .init(practiceNetwork: option), environment: environment)
        #expect(settings.servesPractice == (shown == "on"))
        #expect(settings.lines.contains { $0 == ("practice-network", shown) })
    }

    @Test func `signs people in strictly when told to`() throws {
        let rigour = { (given: Bool?, environment: [String: String]) in
            try ServerSettings(.init(signsInStrictly: given), environment: environment)
                .signInRigour
        }
        #expect(try rigour(nil, [:]) == .usual)
        #expect(try rigour(true, [:]) == .strict)
        #expect(try rigour(nil, ["THROUGHLINE_STRICT_SIGN_IN": "true"]) == .strict)
        let shown = try ServerSettings(.init(signsInStrictly: true), environment: [:]).lines
        #expect(shown.contains { $0 == ("strict-sign-in", "true") })
    }

    @Test func `bounds how often one caller may ask unless told otherwise`() throws {
        let rate = { (given: Int?, environment: [String: String]) in
            try ServerSettings(.init(requestsPerSecond: given), environment: environment)
                .requestRate?.perSecond
        }
        #expect(try rate(nil, [:]) == 50)
        #expect(try rate(nil, ["THROUGHLINE_REQUESTS_PER_SECOND": "7"]) == 7)
        #expect(try rate(9, ["THROUGHLINE_REQUESTS_PER_SECOND": "7"]) == 9)
        #expect(try rate(0, [:]) == nil)
    }

    @Test func `holds itself to a list of places that has all it needs`() throws {
        let list = ["THROUGHLINE_ONLY_ADDRESS": "mail.example, *.social.example:443"]
        let settings = try ServerSettings(.init(), environment: list)
        #expect(
            settings.lines.contains { $0 == ("only-address", "mail.example,*.social.example:443") })
        let mail = ["THROUGHLINE_MAIL_FROM": "a@example.org"].merging(list) { $1 }
        let smtp = { (host: String) in
            try ServerSettings(.init(smtp: "smtps://\(host)"), environment: mail)
        }
        _ = try smtp("mail.example")
        let error = #expect(throws: Problem.self) { try smtp("other.example") }
        #expect(error?.message.contains("other.example:465") == true)
        #expect(error?.message.contains("--only-address") == true)
        let signIn = { (issuer: String) in
            try ServerSettings(
                .init(
                    publicURL: "https://tea.example", openIDIssuer: issuer, openIDClient: "t"),
                environment: list)
        }
        _ = try signIn("https://id.social.example/realm")
        #expect(throws: Problem.self) { try signIn("https://social.example/realm") }
        #expect(throws: Problem.self) {
            try ServerSettings(.init(onlyAddresses: ["https://a.example"]), environment: [:])
        }
        #expect(try ServerSettings(.init(), environment: [:]).reachWithSelf == nil)
        let own = try ServerSettings(
            .init(port: 8125, publicURL: "https://tea.example"), environment: list)
        let reach = try #require(own.reachWithSelf)
        #expect(reach.contains("127.0.0.1", 8125) && reach.contains("tea.example", 443))
        #expect(!reach.contains("127.0.0.1", 8126) && !reach.contains("tea.example", 8443))
    }

    @Test func `knows places by their IPv6 address`() throws {
        let settings = try ServerSettings(
            .init(
                publicURL: "https://[2001:db8::1]", openIDIssuer: "https://[2001:db8::2]:8443",
                openIDClient: "t"),
            environment: ["THROUGHLINE_ONLY_ADDRESS": "[2001:db8::2]:8443"])
        let reach = try #require(settings.reachWithSelf)
        #expect(reach.contains("2001:db8::1", 443) && reach.contains("2001:db8::2", 8443))
        #expect(!reach.contains("2001:db8::3", 443) && !reach.contains("2001:db8::2", 443))
    }

    @Test(arguments: ["", ",", " , "])
    func `takes no list of places without a place`(list: String) {
        let error = #expect(throws: Problem.self) {
            try ServerSettings(.init(), environment: ["THROUGHLINE_ONLY_ADDRESS": list])
        }
        #expect(error?.message.contains("THROUGHLINE_ONLY_ADDRESS is set and names no") == true)
    }

    @Test func `takes a mail server and hides its password`() throws {
        let settings = try ServerSettings(
            .init(),
            environment: [
                "THROUGHLINE_SMTP": "smtps://ana:tulip@mail.example",
                "THROUGHLINE_MAIL_FROM": "Harbour Tea <posts@example.org>",
            ])
        #expect(settings.lines.contains { $0 == ("smtp", "smtps://ana:…@mail.example") })
        #expect(!settings.lines.contains { $0.value.contains("tulip") })
    }

    @Test func `never shows a password`() throws {
        let settings = try ServerSettings(
            .init(database: "postgres://ana:tulip@db.example/throughline"), environment: [:])
        let shown = settings.lines.map(\.value).joined()
        #expect(!shown.contains("tulip"))
        #expect(shown.contains("ana:…@db.example"))
    }

    @Test(arguments: [
        ("postgres://ana:tulip@db.example/t", "postgres://ana:…@db.example/t"),
        ("postgres://:tulip@db.example/t", "postgres://:…@db.example/t"),
        ("postgres://ana:tu?lip@db.example/t", "postgres://ana:…@db.example/t"),
        ("postgres://ana:tu@lip@db.example/t", "postgres://ana:…@db.example/t"),
        ("postgres://ana:tu?li=p@db.example/t", "postgres://ana:…@db.example/t"),
        ("postgres://ana:tulip@\u{301}db.example/t", "postgres://ana:…@\u{301}db.example/t"),
        (
            "postgres://db.example/t?user=ana&password=tulip&sslmode=require",
            "postgres://db.example/t?user=ana&password=…&sslmode=require"
        ),
        ("postgres://db.example/t?p%61ssword=tulip", "postgres://db.example/t?p%61ssword=…"),
        ("smtps://ana:tu:lip@mail.example?ca=/a@b.pem", "smtps://ana:…@mail.example?ca=/a@b.pem"),
        ("smtp://mail.example:587?ca=/a@b.pem", "smtp://mail.example:587?ca=/a@b.pem"),
        ("postgres:///t", "postgres:///t"), ("data", "data"),
    ])
    func `hides a password wherever it stands`(address: String, shown: String) {
        #expect(ServerSettings.hidingPassword(address) == shown)
    }

    @Test func `takes a public address with a closing slash`() throws {
        let settings = try ServerSettings(
            .init(publicURL: "https://social.example/"), environment: [:])
        #expect(settings.publicURL == "https://social.example")
    }
}
