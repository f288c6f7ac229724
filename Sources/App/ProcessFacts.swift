import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What the kernel says of this process.
struct ProcessFacts: Sendable, Hashable {
    let memoryBytes: Int64
    let openFiles: Int
    let mostFiles: Int
    let processorSeconds: Double

    static func now() -> ProcessFacts {
        let pages =
            (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?
            .split(separator: " ").dropFirst().first.flatMap { Int64($0) } ?? 0
        var limit = rlimit()
        _ = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        var usage = rusage()
        _ = getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        let fraction = usage.ru_utime.tv_usec + usage.ru_stime.tv_usec
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return ProcessFacts(
            memoryBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))),
            openFiles: files?.count ?? 0, mostFiles: Int(clamping: limit.rlim_cur),
            processorSeconds: Double(seconds) + Double(fraction) / 1e6)
    }
}

/// How much room files take, and how much is left for them.
enum DiskFacts {
    /// Bytes of all files below `folder`; looking ends after `most` files.
    static func size(of folder: String, most: Int = 500_000) -> Int64 {
        guard let paths = FileManager.default.enumerator(atPath: folder) else { return 0 }
        var total: Int64 = 0
        var count = 0
        while count < most, paths.nextObject() != nil {
            count += 1
            guard let facts = paths.fileAttributes,
                facts[.type] as? FileAttributeType == .typeRegular
            else { continue }
            total += (facts[.size] as? NSNumber)?.int64Value ?? 0
        }
        return total
    }

    /// Bytes that this user may still write where `folder` is; nil when it cannot be told.
    static func free(_ folder: String) -> Int64? {
        var facts = statvfs()
        guard statvfs(folder, &facts) == 0 else { return nil }
        return Int64(clamping: UInt64(facts.f_bavail) * UInt64(facts.f_frsize))
    }

    /// Whether files can be made in `folder`; false on a disk that is mounted read-only.
    static func isWritable(_ folder: String) -> Bool { access(folder, W_OK) == 0 }
}
