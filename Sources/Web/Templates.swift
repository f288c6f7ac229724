import Foundation
import Kernel
import Mustache

/// The compiled Mustache templates of all pages.
package struct Templates: Sendable {
    private let library: MustacheLibrary
    #if DEBUG
        private let sources: [String: String]
    #endif

    /// Compiles every `templates/…` asset.
    package init(_ assets: Assets) throws {
        MustacheContentTypes.register(EscapedText(), named: Self.escaping)
        var library = MustacheLibrary()
        var sources: [String: String] = [:]
        for name in assets.names where name.hasPrefix("templates/") {
            guard let file = assets[name] else { continue }
            let short = String(name.dropFirst("templates/".count))
            let text = Self.expanding(String(decoding: file.bytes, as: UTF8.self), assets)
            do {
                // The engine's own escaping misses marks that have an accent on them.
                let pragma = "{{% CONTENT_TYPE:\(Self.escaping)}}"
                try library.register(pragma + text, named: short)
            } catch {
                throw Problem(
                    .broken, code: "web.template", "The template \(short) does not parse: \(error)")
            }
            sources[short] = text
        }
        self.library = library
        #if DEBUG
            self.sources = sources
        #endif
    }

    private static let escaping = "ESCAPED"

    /// How values are escaped in all templates.
    private struct EscapedText: MustacheContentType {
        func escapeText(_ text: String) -> String { HTMLText.escaped(text) }
    }

    /// Replaces `{{icon NAME}}`, `{{icon-of FIELD}}` and `{{asset FILE}}`, whose addresses are
    /// known when the program starts and which no view should have to carry.
    private static func expanding(_ text: String, _ assets: Assets) -> String {
        let sprite = assets.url("icons.svg")
        func symbol(_ name: String) -> String {
            "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"\(sprite)#\(name)\"/></svg>"
        }
        return
            text
            .replacing(/\{\{icon ([a-z0-9-]+)\}\}/) { symbol("tabler-\($0.output.1)") }
            .replacing(/\{\{icon-of ([A-Za-z.]+)\}\}/) { symbol("{{\($0.output.1)}}") }
            .replacing(/\{\{asset ([A-Za-z0-9._-]+)\}\}/) { assets.url(String($0.output.1)) }
    }

    /// Renders a template with the properties of `view`.
    package func render(_ name: String, _ view: some Sendable) throws -> String {
        guard let text = library.render(ViewTree.of(view) ?? view, withTemplate: name) else {
            throw Problem(.broken, code: "web.template", "The template \(name) is missing.")
        }
        #if DEBUG
            TemplateAudit.shared.check(name, sources, view)
        #endif
        return text
    }
}
