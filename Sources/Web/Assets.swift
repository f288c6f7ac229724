import CAssets
package import Foundation

/// Files embedded in the binary at build time: scripts, styles, fonts, icons, templates, data.
package struct Assets: Sendable {
    /// One embedded file.
    package struct File: Sendable {
        package let name: String
        package let bytes: Data
        /// The same bytes compressed at build time, for text.
        package let gzip: Data?
        package let contentType: String
        /// Changes whenever the bytes do; part of the address, so browsers may keep the file.
        package let etag: String
    }

    private let files: [String: File]

    package init(_ files: [File]) {
        self.files = Dictionary(files.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// Everything in this binary. Empty in a clone where `make assets` has not run.
    package static let embedded: Assets = {
        var files: [File] = []
        for index in 0..<throughline_asset_count() {
            guard let entry = throughline_asset_at(index) else { continue }
            let asset = entry.pointee
            // The bytes live in the binary for ever; no copy, nothing to free.
            files.append(
                File(
                    name: String(cString: asset.name),
                    bytes: view(asset.bytes, asset.count) ?? Data(),
                    gzip: view(asset.gzip_bytes, asset.gzip_count),
                    contentType: String(cString: asset.content_type),
                    etag: String(cString: asset.etag)))
        }
        return Assets(files)
    }()

    private static func view(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Data? {
        guard let start, count > 0 else { return nil }
        return Data(
            bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: count,
            deallocator: .none)
    }

    package var isEmpty: Bool { files.isEmpty }
    package var names: [String] { files.keys.sorted() }

    package subscript(_ name: String) -> File? { files[name] }

    /// The address of a static file: `/assets/1f2e…/app.css`.
    package func url(_ name: String) -> String {
        guard let file = files["static/\(name)"] else { return "/assets/missing/\(name)" }
        return "/assets/\(file.etag)/\(name)"
    }
}

extension Assets {
    /// The route that serves static files; an address with the right tag never changes.
    func route() -> Route {
        .machine("GET", "/assets/{etag}/{name}") { request in
            guard let name = request.parameters["name"], let file = files["static/\(name)"] else {
                return .html("Not found", status: 404)
            }
            // Style sheets name fonts by a fixed address; a font never changes under its name.
            let tag = request.parameters["etag"]
            let isCurrent = tag == file.etag || (tag == "font" && name.hasSuffix(".woff2"))
            var headers = [
                "content-type": file.contentType, "etag": "\"\(file.etag)\"",
                "vary": "accept-encoding",
                "cache-control": isCurrent
                    ? "public, max-age=31536000, immutable" : "public, max-age=60",
            ]
            if request.header("if-none-match") == "\"\(file.etag)\"" {
                return Reply(status: 304, headers: headers)
            }
            let acceptsGzip = request.header("accept-encoding")?.contains("gzip") ?? false
            if let gzip = file.gzip, acceptsGzip {
                headers["content-encoding"] = "gzip"
                return Reply(headers: headers, body: .bytes(gzip))
            }
            return Reply(headers: headers, body: .bytes(file.bytes))
        }
    }
}
