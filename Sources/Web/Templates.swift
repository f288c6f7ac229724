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
        var library = MustacheLibrary()
        var sources: [String: String] = [:]
        for name in assets.names where name.hasPrefix("templates/") {
            guard let file = assets[name] else { continue }
            let short = String(name.dropFirst("templates/".count))
            let text = String(decoding: file.bytes, as: UTF8.self)
            do {
                try library.register(text, named: short)
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

    /// Renders a template with the properties of `view`.
    package func render(_ name: String, _ view: some Sendable) throws -> String {
        guard let text = library.render(view, withTemplate: name) else {
            throw Problem(.broken, code: "web.template", "The template \(name) is missing.")
        }
        #if DEBUG
            TemplateAudit.shared.check(name, sources, view)
        #endif
        return text
    }
}
