import Foundation
import Logging
import Web

#if canImport(Glibc)
    import Glibc
#endif

/// The limit of open files, of which every connection takes one.
enum OpenFiles {
    /// Descriptors kept for the database, the spool, pictures and calls to networks.
    static let reserve = 192

    /// The present limit, raised to what the system allows this process.
    static func raised() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 1024
        }
        if limit.rlim_cur < limit.rlim_max {
            let wanted = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
            var raised = wanted
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 {
                limit = wanted
            }
        }
        return Int(clamping: limit.rlim_cur)
    }

    /// A doorkeeper with no more places than there are descriptors for.
    static func doorkeeper(_ settings: ServerSettings, _ logger: Logger) -> Doorkeeper {
        var limits = ConnectionLimits()
        let files = raised()
        limits.connections = max(16, min(settings.maxConnections, files - reserve))
        if limits.connections < settings.maxConnections {
            logger.notice(
                """
                \(limits.connections) connections at most instead of \(settings.maxConnections): \
                this process may open \(files) files. Raise LimitNOFILE for more.
                """)
        }
        return Doorkeeper(
            limits: limits, trustsProxy: settings.trustsProxy,
            isSecure: settings.publicURL?.hasPrefix("https://") ?? false)
    }
}
