import Jobs
import Kernel
import Testing

@testable import WebOperations

@Suite struct QuantityTests {
    @Test(arguments: [
        (0.0, "0 s"), (0.44, "0.4 s"), (9.96, "10 s"), (61, "61 s"), (600, "10 min"),
        (7200, "2 h"), (400_000, "4 days"),
    ])
    func `says times as people do`(seconds: Double, words: String) {
        #expect(Quantity.words(seconds: seconds) == words)
    }

    @Test(
        arguments: [
            (0, "0 B"), (999, "999 B"), (3200, "3.2 kB"), (48_000_000, "48 MB"),
            (1_500_000_000, "1.5 GB"), (7_000_000_000_000, "7 TB"),
        ] as [(Int64, String)])
    func `says room as people do`(bytes: Int64, words: String) {
        #expect(Quantity.words(bytes: bytes) == words)
    }

    @Test func `says missing rather than zero`() throws {
        let status = ServerStatus(
            version: "1", schemaVersion: 1, engine: "sqlite", uptimeSeconds: 5, isReady: false,
            problems: ["The disk is full."],
            queue: .init(
                waiting: 0, running: 0, failed: 0, busyLanes: 0, waitingLanes: 0,
                oldestDueSeconds: nil, outboxSeconds: nil, kinds: []),
            punctuality: [
                .init(hours: 24, posts: 0, medianSeconds: nil, p99Seconds: nil, worstSeconds: nil)
            ], storage: [.init(what: "Free", bytes: nil, detail: "")], workers: [],
            nodes: [
                .init(
                    name: "web1-7", role: "serve", version: "1", upSeconds: 90, secondsSinceBeat: 1,
                    isAlive: true, isLeader: true, clockAheadSeconds: -61)
            ],
            connections: 1, mostConnections: 16, memoryBytes: 1, openFiles: 3)
        let view = ServerView(status, [], zone: try #require(Zone("UTC")))
        #expect(view.punctuality.map(\.value) == ["—"])
        #expect(view.storage.map(\.value) == ["—"])
        #expect(view.nodes.first?.chips.count == 2)
        #expect(view.nodes.first?.detail.contains("61 s behind") == true)
        #expect(view.sentence.hasPrefix("Something needs you."))
    }
}
