import Jobs
import Logging
import ServiceLifecycle

/// Seals recorded events while the program runs; several nodes take turns.
struct AuditLoop: Service {
    let chain: AuditChain
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await seal()
                try? await Task.sleep(for: .seconds(1))
            }
        }
        await seal()
    }

    private func seal() async {
        do {
            try await chain.seal()
        } catch is CancellationError {
            return
        } catch {
            logger.error("cannot seal the record of changes", metadata: ["error": "\(error)"])
        }
    }
}
