/// Keeps an answer for a while, and lets everyone who asks meanwhile wait for the same one.
actor Memo<Value: Sendable> {
    private let lifetime: Duration
    private let make: @Sendable () async throws -> Value
    private var kept: (value: Value, at: ContinuousClock.Instant)?
    private var isMaking = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(for lifetime: Duration, _ make: @escaping @Sendable () async throws -> Value) {
        self.lifetime = lifetime
        self.make = make
    }

    func value() async throws -> Value {
        while true {
            if let kept, ContinuousClock.now < kept.at + lifetime { return kept.value }
            guard isMaking else { break }
            await withCheckedContinuation { waiting.append($0) }
        }
        isMaking = true
        defer {
            isMaking = false
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
        let value = try await make()
        kept = (value, .now)
        return value
    }
}
