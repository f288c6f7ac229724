import Foundation
import Kernel

extension Schema {
    /// Everything wrong with `value`, as messages by field path; empty when it fits.
    ///
    /// Unknown members are refused, so a misspelt field never passes unnoticed.
    package func problems(with value: JSONValue) -> [String: String] {
        var found: [String: String] = [:]
        check(value, at: "", into: &found)
        return found
    }

    private func check(_ value: JSONValue, at path: String, into found: inout [String: String]) {
        switch self {
        case .nullable(let inner):
            if value != .null { inner.check(value, at: path, into: &found) }
        case .string(let format, let shortest, let longest, let allowed, _):
            checkText(value, format, shortest...max(shortest, longest), allowed, path, &found)
        case .integer(let minimum, let maximum, _):
            guard case .number(let number) = value, let whole = Int64(exactly: number) else {
                return found[path] = "Give a whole number."
            }
            if let minimum, whole < minimum { found[path] = "Give at least \(minimum)." }
            if let maximum, whole > maximum { found[path] = "Give at most \(maximum)." }
        case .number(let minimum, let maximum, _):
            guard case .number(let number) = value else {
                return found[path] = "Give a number."
            }
            if let minimum, number < minimum { found[path] = "Give at least \(minimum)." }
            if let maximum, number > maximum { found[path] = "Give at most \(maximum)." }
        case .boolean:
            guard case .boolean = value else { return found[path] = "Give true or false." }
        case .array(let element, let longest, _):
            guard case .array(let values) = value else { return found[path] = "Give a list." }
            if values.count > longest { return found[path] = "Give at most \(longest) entries." }
            for (index, item) in values.enumerated() {
                element.check(item, at: Self.path(path, "\(index)"), into: &found)
            }
        case .dictionary(let element, _):
            guard case .object(let members) = value else {
                return found[path] = "Give an object."
            }
            if members.count > 200 { return found[path] = "Give at most 200 members." }
            for (name, item) in members {
                element.check(item, at: Self.path(path, name), into: &found)
            }
        case .object(_, let fields, _):
            checkObject(value, fields, path, &found)
        }
    }

    private func checkObject(
        _ value: JSONValue, _ fields: [Field], _ path: String, _ found: inout [String: String]
    ) {
        guard case .object(let members) = value else { return found[path] = "Give an object." }
        let known = Set(fields.map(\.name))
        for name in members.keys where !known.contains(name) {
            found[Self.path(path, name)] = "There is no such field here."
        }
        for field in fields {
            let place = Self.path(path, field.name)
            switch members[field.name] {
            case nil, .null?:
                if field.isRequired { found[place] = "This is needed." }
            case let item?: field.schema.check(item, at: place, into: &found)
            }
        }
    }

    private func checkText(
        _ value: JSONValue, _ format: String?, _ length: ClosedRange<Int>, _ allowed: [String]?,
        _ path: String, _ found: inout [String: String]
    ) {
        guard case .string(let text) = value else { return found[path] = "Give text." }
        let isBlank = text.allSatisfy(\.isWhitespace)
        if length.lowerBound > 0 && isBlank {
            found[path] = "This is needed."
        } else if text.count < length.lowerBound {
            found[path] = "Give at least \(length.lowerBound) characters."
        } else if text.count > length.upperBound {
            found[path] = "Give at most \(length.upperBound) characters."
        } else if text.contains("\0") {
            found[path] = "Leave out the NUL character."
        } else if let allowed, !allowed.contains(text) {
            found[path] = "Choose one of: " + allowed.joined(separator: ", ") + "."
        } else if let format, let message = Self.complaint(about: text, format: format) {
            found[path] = message
        }
    }

    private static func complaint(about text: String, format: String) -> String? {
        switch format {
        case "uuid": ID<Schema>(text) == nil ? "Give an identifier." : nil
        case "date-time":
            Instant(iso8601: text) == nil ? "Give a time such as 2026-11-23T09:00:00Z." : nil
        case "date": CivilDate(text) == nil ? "Give a day such as 2026-11-23." : nil
        case "year-month": CivilMonth(text) == nil ? "Give a month such as 2026-11." : nil
        case "local-date-time":
            LocalTime(text) == nil ? "Give a day and time such as 2026-11-23T09:00." : nil
        case "time-zone": Zone(text) == nil ? "Give a time zone such as Europe/Berlin." : nil
        case "currency": Currency(text) == nil ? "Give a currency code such as EUR." : nil
        case "email": isEmail(text) ? nil : "Give an e-mail address."
        case "uri": isWebAddress(text) ? nil : "Give a web address that starts with https://."
        default: nil
        }
    }

    private static func isEmail(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
            && !text.contains(where: { $0.isWhitespace || $0 == "," || $0 == "<" })
    }

    private static func isWebAddress(_ text: String) -> Bool {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = url.host(), !host.isEmpty
        else { return false }
        return true
    }

    private static func path(_ parent: String, _ name: String) -> String {
        parent.isEmpty ? name : "\(parent).\(name)"
    }
}
