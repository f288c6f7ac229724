#if DEBUG
    import Foundation
    import Synchronization

    /// Notices names in templates that no view has; Mustache itself renders them as nothing.
    ///
    /// Runs in debug builds only, on every render. Tests assert that `unresolved` stays empty.
    package final class TemplateAudit: Sendable {
        package static let shared = TemplateAudit()
        private let found = Mutex<Set<String>>([])

        /// `template: name` for every name that did not resolve.
        package var unresolved: [String] { found.withLock { $0.sorted() } }

        func check(_ name: String, _ sources: [String: String], _ view: Any) {
            guard let text = sources[name] else { return }
            walk(text[...], template: name, sources: sources, stack: [view])
        }

        private func walk(
            _ text: Substring, template: String, sources: [String: String], stack: [Any]
        ) {
            var rest = text
            while let open = rest.range(of: "{{"),
                let close = rest.range(
                    of: "}}", range: open.upperBound..<rest.endIndex)
            {
                let tag = rest[open.upperBound..<close.lowerBound]
                    .trimmingCharacters(in: CharacterSet(charactersIn: " {}&"))
                rest = rest[close.upperBound...]
                guard let kind = tag.first else { continue }
                let inner = tag.dropFirst().trimmingCharacters(in: .whitespaces)
                switch kind {
                case "!", "/", "=", "$", "<": continue
                case ">":
                    if let partial = sources[inner] {
                        walk(partial[...], template: inner, sources: sources, stack: stack)
                    } else if !inner.hasPrefix("*") {
                        note(template, "> \(inner)")
                    }
                case "#", "^":
                    let key = Self.path(inner)
                    let body = Self.section(named: inner, in: &rest)
                    guard let value = resolve(key, stack) else {
                        note(template, key)
                        continue
                    }
                    if kind == "^" {
                        walk(body, template: template, sources: sources, stack: stack)
                    } else if let child = Self.content(value) {
                        walk(body, template: template, sources: sources, stack: stack + [child])
                    }
                default:
                    let key = Self.path(tag)
                    if key != "." && resolve(key, stack) == nil { note(template, key) }
                }
            }
        }

        private func note(_ template: String, _ name: String) {
            found.withLock { _ = $0.insert("\(template): \(name)") }
        }

        /// The name inside transforms: `count(rows)` reads `rows`.
        private static func path(_ text: String) -> String {
            guard let open = text.lastIndex(of: "("), let close = text.firstIndex(of: ")") else {
                return text
            }
            return String(text[text.index(after: open)..<close])
        }

        private static func section(named name: String, in rest: inout Substring) -> Substring {
            var depth = 1
            var cursor = rest
            while let open = cursor.range(of: "{{"),
                let close = cursor.range(
                    of: "}}", range: open.upperBound..<cursor.endIndex)
            {
                let tag = cursor[open.upperBound..<close.lowerBound]
                    .trimmingCharacters(in: .whitespaces)
                let inner = tag.dropFirst().trimmingCharacters(in: .whitespaces)
                cursor = cursor[close.upperBound...]
                if (tag.hasPrefix("#") || tag.hasPrefix("^")) && inner == name { depth += 1 }
                if tag.hasPrefix("/") && inner == name { depth -= 1 }
                if depth == 0 {
                    let body = rest[rest.startIndex..<open.lowerBound]
                    rest = cursor
                    return body
                }
            }
            return rest
        }

        /// The context inside a section, or nil when the section renders nothing.
        private static func content(_ value: Any) -> Any? {
            if let flag = value as? Bool { return flag ? true : nil }
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                return mirror.children.first.flatMap { content($0.value) }
            }
            if mirror.displayStyle == .collection { return mirror.children.first?.value }
            return value
        }

        private func resolve(_ path: String, _ stack: [Any]) -> Any? {
            let parts = path.split(separator: ".").map(String.init)
            guard let first = parts.first else { return stack.last }
            for context in stack.reversed() {
                guard var value = Self.child(first, of: context) else { continue }
                for part in parts.dropFirst() {
                    guard let next = Self.child(part, of: value) else {
                        return Self.content(value) == nil ? value : nil
                    }
                    value = next
                }
                return value
            }
            // Loop helpers of the engine, such as first() and last(), have no name to resolve.
            return ["", "true"].contains(first) ? true : nil
        }

        private static func child(_ name: String, of value: Any) -> Any? {
            if let dictionary = value as? [String: Any] { return dictionary[name] }
            var mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                guard let wrapped = mirror.children.first?.value else { return nil }
                mirror = Mirror(reflecting: wrapped)
            }
            return mirror.children.first { $0.label == name }?.value
        }
    }
#endif
