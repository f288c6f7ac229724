import Foundation
import Hummingbird
import Kernel
import NIOCore
import ServiceLifecycle

/// Reads a body within a size and a time, however slowly the sender drips it.
struct BodyReader: Sendable {
    let limit: Int
    var seconds: Int = 60
    /// How long a server that was told to stop waits for the rest.
    static let grace = Duration.seconds(5)

    func read(_ request: Request) async throws -> Data {
        if let length = request.headers[.contentLength], let count = Int(length), count > limit {
            throw tooLarge
        }
        if request.method == .get || request.method == .head { return Data() }
        return try await withThrowingTaskGroup(of: Data.self) { group in
            group.addTask { try await collect(request.body) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw Problem(
                    .invalid, code: "body-too-slow",
                    "The body did not arrive within \(seconds) seconds. Please try again.")
            }
            group.addTask {
                try await gracefulShutdown()
                try await Task.sleep(for: Self.grace)
                throw Problem(
                    .unavailable, code: "stopping",
                    "The server is stopping. Please send this again in a moment.",
                    retryAfterSeconds: 5)
            }
            defer { group.cancelAll() }
            return try await group.next() ?? Data()
        }
    }

    private func collect(_ body: RequestBody) async throws -> Data {
        var data = Data()
        for try await chunk in body {
            data.append(contentsOf: chunk.readableBytesView)
            if data.count > limit { throw tooLarge }
        }
        return data
    }

    private var tooLarge: Problem {
        let size =
            limit >= 1 << 20 ? "\(limit >> 20) MB" : "\(limit >> 10) kB"
        return Problem(
            .tooLarge, code: "too-large", "This is larger than \(size), the most this takes.")
    }
}
