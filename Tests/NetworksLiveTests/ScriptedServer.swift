import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import Networks
import Outbound
import Synchronization

/// A server on loopback that answers from a list and remembers what it was asked.
final class ScriptedServer: Sendable {
    struct Answer: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body = "{}"
    }

    struct Asked: Sendable {
        let method: String
        let path: String
        let query: String
        let headers: [String: String]
        let body: String
    }

    private let script: Mutex<[String: [Answer]]>
    private let log = Mutex<[Asked]>([])

    /// Answers by `METHOD /path`, in order; the last one stays.
    init(_ script: [String: [Answer]]) { self.script = Mutex(script) }

    var asked: [Asked] { log.withLock { $0 } }

    func asked(_ method: String, _ path: String) -> [Asked] {
        asked.filter { $0.method == method && $0.path == path }
    }

    private func answer(_ asked: Asked) -> Answer {
        log.withLock { $0.append(asked) }
        return script.withLock { script in
            let key = "\(asked.method) \(asked.path)"
            guard var answers = script[key], let first = answers.first else {
                return Answer(status: 404, body: #"{"error":"Not Found"}"#)
            }
            if answers.count > 1 { answers.removeFirst() }
            script[key] = answers
            return first
        }
    }

    /// Serves while `body` runs and gives it a client that may reach the server, and its address.
    func run(
        _ body: @escaping @Sendable (OutboundClient, _ origin: String) async throws -> Void
    ) async throws {
        let router = Router()
        router.add(middleware: Everything(answer: { self.answer($0) }))
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) }, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await app.run() }
            group.addTask {
                for await port in ports {
                    let client = OutboundClient(allow: ["127.0.0.1:\(port)"])
                    let result: Result<Void, any Error>
                    do {
                        result = .success(try await body(client, "http://127.0.0.1:\(port)"))
                    } catch {
                        result = .failure(error)
                    }
                    await client.shutdown()
                    return try result.get()
                }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private struct Everything: RouterMiddleware {
        let answer: @Sendable (Asked) -> Answer

        func handle(
            _ request: Request, context: BasicRequestContext,
            next: (Request, BasicRequestContext) async throws -> Response
        ) async throws -> Response {
            let body = try await request.body.collect(upTo: 1 << 20)
            var headers: [String: String] = [:]
            for field in request.headers { headers[field.name.canonicalName] = field.value }
            let answer = answer(
                Asked(
                    method: request.method.rawValue, path: request.uri.path,
                    query: request.uri.query ?? "", headers: headers,
                    body: String(decoding: body.readableBytesView, as: UTF8.self)))
            var response = Response(
                status: .init(code: answer.status),
                headers: [.contentType: "application/json"],
                body: .init(byteBuffer: .init(string: answer.body)))
            for (name, value) in answer.headers {
                if let name = HTTPField.Name(name) { response.headers[name] = value }
            }
            return response
        }
    }
}

/// Lines of the recordings of real servers, where the acceptance data is at hand.
enum Recording {
    struct Exchange {
        let method: String
        let path: String
        let status: Int
        let body: Data
    }

    static let root =
        (ProcessInfo.processInfo.environment["THROUGHLINE_ACCEPTANCE_DATA"] ?? "../shared/data")
        + "/networks"

    /// Whether the acceptance data is at hand; tests that need it say plainly when it is not.
    static var isHere: Bool { FileManager.default.fileExists(atPath: root) }

    /// The answers of the official AppView that one file holds, by the name of its test.
    static func appView(_ name: String) throws -> [String: Any] {
        let path = root + "/bluesky/appview-snapshots/\(name).json"
        let all = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
        return all as? [String: Any] ?? [:]
    }

    static func exchanges(of network: String) -> [Exchange] {
        let path = root + "/\(network)/recorded.jsonl"
        guard let file = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return file.split(separator: "\n").compactMap { line in
            guard
                let all = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                    as? [String: Any],
                let request = all["request"] as? [String: Any],
                let response = all["response"] as? [String: Any],
                let method = request["method"] as? String,
                let uri = request["uri"] as? String,
                let status = response["status"] as? Int, let body = response["body"],
                JSONSerialization.isValidJSONObject(body),
                let data = try? JSONSerialization.data(withJSONObject: body)
            else { return nil }
            let path = URLComponents(string: uri)?.path ?? ""
            return Exchange(method: method, path: path, status: status, body: data)
        }
    }
}
