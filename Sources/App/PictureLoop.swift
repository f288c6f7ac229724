import Logging
import Publishing
import ServiceLifecycle

/// Gives other processes what only this one's folder has, and clears the folder of what is gone.
///
/// The job that sweeps runs at one process; each has a folder of its own.
struct PictureLoop: Service {
    let pictures: PictureStore
    let sweep: PictureSweep
    let logger: Logger

    private static let pause = Duration.seconds(1800)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await pictures.shareAll()
                    try await sweep.sweep()
                } catch {
                    if Task.isCancelled { return }
                    logger.error("Looking after the folder of pictures failed: \(error)")
                }
                try? await Task.sleep(for: Self.pause)
            }
        }
    }
}
