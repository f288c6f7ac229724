package import Foundation
package import Kernel

/// A value as both engines store it.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case boolean(Bool)
    case real(Double)
    case text(String)
    case bytes(Data)
}

/// A type that can be bound to a statement.
package protocol SQLBindable: Sendable {
    var sqlValue: SQLValue { get }
}

/// A type that can be read from a column.
package protocol SQLReadable: Sendable {
    /// The value, or nil when the column holds something else.
    init?(sqlValue: SQLValue)
}

package typealias SQLConvertible = SQLBindable & SQLReadable

extension SQLValue: SQLConvertible {
    package var sqlValue: SQLValue { self }
    package init?(sqlValue: SQLValue) { self = sqlValue }
}

extension Int64: SQLConvertible {
    package var sqlValue: SQLValue { .integer(self) }
    package init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .integer(let value): self = value
        case .boolean(let value): self = value ? 1 : 0
        case .real(let value):
            guard let whole = Int64(exactly: value) else { return nil }
            self = whole
        default: return nil
        }
    }
}

extension Int: SQLConvertible {
    package var sqlValue: SQLValue { .integer(Int64(self)) }
    package init?(sqlValue: SQLValue) {
        guard let value = Int64(sqlValue: sqlValue) else { return nil }
        self.init(exactly: value)
    }
}

extension Bool: SQLConvertible {
    package var sqlValue: SQLValue { .boolean(self) }
    package init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .boolean(let value): self = value
        case .integer(let value): self = value != 0
        default: return nil
        }
    }
}

extension Double: SQLConvertible {
    package var sqlValue: SQLValue { .real(self) }
    package init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .real(let value): self = value
        case .integer(let value): self = Double(value)
        default: return nil
        }
    }
}

extension String: SQLConvertible {
    package var sqlValue: SQLValue { .text(self) }
    package init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self = value
    }
}

extension Data: SQLConvertible {
    package var sqlValue: SQLValue { .bytes(self) }
    package init?(sqlValue: SQLValue) {
        guard case .bytes(let value) = sqlValue else { return nil }
        self = value
    }
}

extension ID: SQLConvertible {
    package var sqlValue: SQLValue { .text(text) }
    package init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self.init(value)
    }
}

extension Instant: SQLConvertible {
    package var sqlValue: SQLValue { .integer(milliseconds) }
    package init?(sqlValue: SQLValue) {
        guard let value = Int64(sqlValue: sqlValue) else { return nil }
        self.init(milliseconds: value)
    }
}

extension Duration: SQLConvertible {
    /// Stored as whole milliseconds.
    package var sqlValue: SQLValue { .integer(inMilliseconds) }
    package init?(sqlValue: SQLValue) {
        guard let value = Int64(sqlValue: sqlValue) else { return nil }
        self = .milliseconds(value)
    }
}

/// A type stored as the text of its description, and read back by its text initialiser.
package protocol SQLText: SQLConvertible, CustomStringConvertible {
    init?(_ text: String)
}

extension SQLText {
    package var sqlValue: SQLValue { .text(description) }
    package init?(sqlValue: SQLValue) {
        guard case .text(let value) = sqlValue else { return nil }
        self.init(value)
    }
}

extension CivilDate: SQLText {}
extension CivilMonth: SQLText {}
extension LocalTime: SQLText {}
extension Zone: SQLText {}
extension Currency: SQLText {}

extension RawRepresentable where RawValue: SQLConvertible, Self: Sendable {
    package var sqlValue: SQLValue { rawValue.sqlValue }
    package init?(sqlValue: SQLValue) {
        guard let raw = RawValue(sqlValue: sqlValue) else { return nil }
        self.init(rawValue: raw)
    }
}

/// Marks a value that is stored as one JSON object or array column.
package protocol SQLDocument: SQLConvertible, Codable {}

extension SQLDocument {
    package var sqlValue: SQLValue {
        // Documents are plain values of our own; encoding one cannot fail.
        .text((try? JSON.text(self)) ?? "{}")
    }
    package init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue, let value = try? JSON.decode(Self.self, from: text)
        else { return nil }
        self = value
    }
}
