package import Kernel

/// The shape of a JSON value: checks inputs, reads forms and becomes the OpenAPI description.
package indirect enum Schema: Sendable {
    case string(
        format: String? = nil, minLength: Int = 0, maxLength: Int = 10_000,
        allowed: [String]? = nil, description: String? = nil)
    case integer(minimum: Int64? = nil, maximum: Int64? = nil, description: String? = nil)
    case number(minimum: Double? = nil, maximum: Double? = nil, description: String? = nil)
    case boolean(description: String? = nil)
    case array(of: Schema, maxCount: Int = 1000, description: String? = nil)
    /// A named object; the name becomes an OpenAPI component.
    case object(String, [Field], description: String? = nil)
    /// An object with any keys and values of one shape.
    case dictionary(of: Schema, description: String? = nil)
    case nullable(Schema)

    /// One member of an object.
    package struct Field: Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool

        /// A member that must be present.
        package static func required(_ name: String, _ schema: Schema) -> Field {
            Field(name: name, schema: schema, isRequired: true)
        }

        /// A member that may be absent or null.
        package static func optional(_ name: String, _ schema: Schema) -> Field {
            Field(name: name, schema: schema, isRequired: false)
        }
    }
}

// MARK: - The shapes of Kernel values

extension Schema {
    /// One line of text a person types: not empty, at most 200 characters.
    package static func line(_ description: String? = nil, max: Int = 200) -> Schema {
        .string(minLength: 1, maxLength: max, description: description)
    }

    /// Text of any length up to a bound; may be empty.
    package static func text(_ description: String? = nil, max: Int = 10_000) -> Schema {
        .string(maxLength: max, description: description)
    }

    /// One of the cases of an enumeration.
    package static func oneOf<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type, _ description: String? = nil
    ) -> Schema where Choice.RawValue == String {
        .string(allowed: type.allCases.map(\.rawValue), description: description)
    }

    /// An identifier.
    package static func id(_ description: String? = nil) -> Schema {
        .string(format: "uuid", minLength: 36, maxLength: 36, description: description)
    }

    /// A point in time with a zone.
    package static func instant(_ description: String? = nil) -> Schema {
        .string(format: "date-time", maxLength: 40, description: description)
    }

    /// A calendar day.
    package static func date(_ description: String? = nil) -> Schema {
        .string(format: "date", maxLength: 10, description: description)
    }

    /// A calendar month, `yyyy-mm`.
    package static func month(_ description: String? = nil) -> Schema {
        .string(format: "year-month", maxLength: 7, description: description)
    }

    /// A wall-clock time without a zone, `yyyy-mm-ddThh:mm`.
    package static func localTime(_ description: String? = nil) -> Schema {
        .string(format: "local-date-time", maxLength: 19, description: description)
    }

    /// An IANA time zone.
    package static func zone(_ description: String? = nil) -> Schema {
        .string(format: "time-zone", maxLength: 64, description: description)
    }

    /// An ISO 4217 code.
    package static func currency(_ description: String? = nil) -> Schema {
        .string(format: "currency", minLength: 3, maxLength: 3, description: description)
    }

    /// An e-mail address.
    package static func email(_ description: String? = nil) -> Schema {
        .string(format: "email", minLength: 3, maxLength: 254, description: description)
    }

    /// A web address with `http` or `https`.
    package static func url(_ description: String? = nil) -> Schema {
        .string(format: "uri", minLength: 1, maxLength: 2048, description: description)
    }

    /// An amount in minor units with its currency.
    package static func money(_ description: String? = nil) -> Schema {
        .object(
            "Money",
            [
                .required("minorUnits", .integer(description: "1234 is 12.34 in euros.")),
                .required("currency", .currency()),
            ], description: description)
    }
}

/// A value the API accepts or answers with, which knows its shape.
package protocol APIValue: Codable, Sendable {
    static var schema: Schema { get }
}

/// No body at all.
package struct Nothing: APIValue {
    package init() {}
    package static let schema = Schema.object("Nothing", [])
}

/// One page of a list, as the API answers it.
package struct Listing<Item: APIValue>: APIValue {
    package let items: [Item]
    /// Give this as `cursor` to get the next page; absent on the last.
    package let next: String?

    package init(items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }

    package init(_ page: Page<Item>) {
        self.init(items: page.items, next: page.next?.token)
    }

    package static var schema: Schema {
        guard case .object(let name, _, _) = Item.schema else {
            return .array(of: Item.schema)
        }
        return .object(
            name + "List",
            [
                .required("items", .array(of: Item.schema)),
                .optional(
                    "next",
                    .string(description: "Send as `cursor` for the next page; absent on the last.")
                ),
            ])
    }
}

extension Schema {
    /// The fields of an object schema; empty for any other.
    var fields: [Field] {
        if case .object(_, let fields, _) = self { return fields }
        if case .nullable(let inner) = self { return inner.fields }
        return []
    }
}
