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
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return ProcessFacts(
            memoryBytes: pages * Int64(sysconf(Int32(_SC_PAGESIZE))),
            openFiles: files?.count ?? 0, mostFiles: mostFiles(),
            processorSeconds: processorSeconds())
    }

    private static func mostFiles() -> Int {
        let limits = (try? String(contentsOfFile: "/proc/self/limits", encoding: .utf8)) ?? ""
        let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        // Three words of name, then the soft limit.
        return line?.split(separator: " ").dropFirst(3).first.flatMap { Int($0) } ?? 0
    }

    /// Time in this process and in the kernel for it.
    private static func processorSeconds() -> Double {
        let text = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
        // The name in brackets may hold anything; what follows it is numbers.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
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
        let facts = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (facts?[.systemFreeSize] as? NSNumber)?.int64Value
    }

    /// Whether files can be made in `folder`; false on a disk that is mounted read-only.
    static func isWritable(_ folder: String) -> Bool { access(folder, W_OK) == 0 }
}
