import Foundation
import Kernel
import NIOCore
import Safekeeping

@testable import App
@testable import Outbound

extension FuzzTarget {
    /// What operators set, and what travels over the control socket.
    static let settings = FuzzTarget(name: "settings") { bytes in
        try checkSettings(String(decoding: bytes, as: UTF8.self))
        try checkFrames(bytes)
    }

    /// `name=value` lines, as in a file of the service manager.
    private static func checkSettings(_ text: String) throws {
        var environment: [String: String] = [:]
        for line in text.split(separator: "\n").prefix(12) {
            guard let equals = line.firstIndex(of: "=") else { continue }
            let name = line[..<equals].uppercased()
            environment["THROUGHLINE_" + name] = String(line[line.index(after: equals)...])
        }
        let settings: ServerSettings
        do {
            settings = try ServerSettings(.init(), environment: environment)
        } catch {
            try hold(!error.message.isEmpty && error.code.hasPrefix("config."), "no words")
            return
        }
        try hold((0...65_535).contains(settings.port), "port \(settings.port)")
        try hold((16...1_000_000).contains(settings.maxConnections), "connections")
        try hold((1...87_600).contains(settings.holdAfter ?? 1), "hours")
        if let url = settings.publicURL {
            try same(WebOrigin(url).map { "\($0)" }, url, "a public address read again")
            let host = URLComponents(string: url)?.percentEncodedHost ?? ""
            try same(host, WebOrigin(url)?.host, "the host of \(url)")
        }
        if let backups = settings.backups {
            try hold((0..<1440).contains(backups.minute), "minute \(backups.minute)")
            try hold((0...1000).contains(backups.daily), "days")
            try hold((0...1000).contains(backups.weekly), "weeks")
        }
        if let smtp = settings.smtp {
            let relay = try MailRelay(smtp)
            try hold(!relay.host.isEmpty, "no mail server")
            try hold(!"\(relay)".isEmpty, "no words for a mail server")
            let password = URLComponents(string: smtp)?.percentEncodedPassword
            try checkHidden(password, in: smtp)
        }
        if let database = settings.database {
            try checkHidden(libpqPassword(database), in: database)
        }
        _ = AddressGuard(allow: settings.allowedAddresses)
    }

    /// What is shown of an address holds its password nowhere.
    private static func checkHidden(_ password: String?, in url: String) throws {
        // A short one may stand elsewhere by chance, as part of a name.
        guard let password, password.utf8.count >= 4 else { return }
        let times = url.ranges(of: password).count
        guard times == 1 else { return }
        let shown = ServerSettings.hidingPassword(url)
        try hold(!shown.contains(password), "a password is shown: \(shown.debugDescription)")
    }

    /// The password of a `postgres://` address as libpq takes it apart (fe-connect.c).
    private static func libpqPassword(_ url: String) -> String? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        let rest = url.unicodeScalars[start...]
        guard let end = rest.firstIndex(where: { $0 == "@" || $0 == "/" }), rest[end] == "@",
            let colon = rest[..<end].firstIndex(of: ":")
        else {
            let parts = url.split(separator: "?", maxSplits: 1)
            let pairs = parts.count == 2 ? parts[1].split(separator: "&") : []
            return pairs.first { $0.hasPrefix("password=") }.map { String($0.dropFirst(9)) }
        }
        return String(rest[rest.index(after: colon)..<end])
    }

    private static func checkFrames(_ bytes: [UInt8]) throws {
        var buffer = ByteBuffer(bytes: bytes)
        var count = 0
        do {
            while let frame = try ControlFrame.read(from: &buffer) {
                count += 1
                var again = ByteBuffer()
                frame.write(to: &again)
                guard let second = try ControlFrame.read(from: &again) else {
                    throw Broken(description: "a frame that is not whole")
                }
                try same("\(second)", "\(frame)", "a frame written and read")
                try same(again.readableBytes, 0, "bytes behind a frame")
            }
        } catch let error as Problem {
            try same(error.code, "control.broken", "another failure")
        }
        try hold(count * 5 <= bytes.count, "more frames than bytes")
        var whole = ByteBuffer()
        ControlFrame.output(Data(bytes)).write(to: &whole)
        var cut = whole.getSlice(at: 0, length: whole.readableBytes - 1) ?? ByteBuffer()
        try hold(try ControlFrame.read(from: &cut) == nil, "a frame that is cut off")
        guard case .output(let data)? = try ControlFrame.read(from: &whole) else {
            throw Broken(description: "a frame that cannot be read")
        }
        try same(data, Data(bytes), "a frame's content")
    }
}
