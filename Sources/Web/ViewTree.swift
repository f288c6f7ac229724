import Mustache

/// A view as fields, lists and texts, read by reflection once.
///
/// Mustache reflects on a value again for every name in a template, and asks every value for each
/// of its protocols: for a page of a few hundred rows that takes far longer than everything else.
/// One pass up front makes each name a lookup.
enum ViewTree {
    /// The properties of one view; an absent optional stays out, so that its name is looked up
    /// further out.
    struct Fields: MustacheParent {
        var values: [String: Any]

        func child(named name: String) -> Any? { values[name] }
    }

    /// Text that says at once that it is rendered as it is, and that it has no fields.
    struct Text: MustacheCustomRenderable, MustacheParent {
        let renderText: String
        var isNull: Bool { false }

        func child(named name: String) -> Any? { nil }
    }

    /// The value as a template reads it; nil for an absent optional.
    static func of(_ value: Any) -> Any? {
        switch value {
        case let text as String: return Text(renderText: text)
        case let flag as Bool: return flag
        // Bound and not only asked for: a number in an optional would be described as one.
        case let number as Int: return Text(renderText: String(number))
        case let number as Int64: return Text(renderText: String(number))
        case let number as Double: return Text(renderText: String(number))
        default: break
        }
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .optional:
            return mirror.children.first.flatMap { of($0.value) }
        case .collection:
            return mirror.children.compactMap { of($0.value) } as [Any]
        case .struct where !(value is any CustomStringConvertible):
            var fields = Fields(values: [:])
            fields.values.reserveCapacity(mirror.children.count)
            for (label, child) in mirror.children {
                if let label, let known = of(child) { fields.values[label] = known }
            }
            return fields
        default:
            return value
        }
    }
}
