import Foundation
import Kernel
import Store
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Lends fresh schemas on a PostgreSQL server that exists for the tests only.
///
/// The server's address is in `THROUGHLINE_TEST_POSTGRES`; otherwise a private one is started at
/// the first use, as an unprivileged user in a temporary folder, and ends with this process.
package enum PostgresTestServer {
    /// Why there is no server.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The address of the server, or why there is none.
    private static let address: Result<String, Missing> = {
        let environment = ProcessInfo.processInfo.environment
        if let url = environment["THROUGHLINE_TEST_POSTGRES"], !url.isEmpty { return .success(url) }
        return Result { () throws(Missing) in try start() }
    }()

    /// Tests that hold connections at the same time; each may open a pool of ten.
    private static let gate = Gate(8)

    static func withSchema<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let server: String
        switch address {
        case .success(let url): server = url
        case .failure(let missing):
            if ProcessInfo.processInfo.environment["CI"] != nil { throw missing }
            try Test.cancel("PostgreSQL is missing: \(missing)")
        }
        await gate.enter()
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        do {
            try await Database.executeAlone(["CREATE SCHEMA \(SQL(raw: name))"], on: server)
            let path = "options=-csearch_path%3D\(name)"
            let value = try await body(server + (server.contains("?") ? "&" : "?") + path)
            try await Database.executeAlone(["DROP SCHEMA \(SQL(raw: name)) CASCADE"], on: server)
            await gate.leave()
            return value
        } catch {
            try? await Database.executeAlone(
                ["DROP SCHEMA IF EXISTS \(SQL(raw: name)) CASCADE"], on: server)
            await gate.leave()
            throw error
        }
    }

    // MARK: - A private server

    private static func start() throws(Missing) -> String {
        // Debian keeps each major version's binaries apart; 15 is the oldest we support.
        let binaries = (15...20).map { "/usr/lib/postgresql/\($0)/bin" } + ["/usr/bin"]
        let files = FileManager.default
        guard let bin = binaries.first(where: { files.isExecutableFile(atPath: $0 + "/initdb") })
        else { throw Missing(description: "initdb was not found; install postgresql") }
        // Short, because a socket's path has at most 107 bytes.
        let folder = "/tmp/tl-pg-\(ProcessInfo.processInfo.processIdentifier)"
        let script = """
            set -e
            cd '\(folder)'
            '\(bin)/initdb' -D data -U throughline -A trust -E UTF8 --locale=C.UTF-8 -N >log 2>&1
            '\(bin)/postgres' -D data -k '\(folder)' -c listen_addresses= -c fsync=off \\
                -c full_page_writes=off -c synchronous_commit=off -c max_connections=200 \\
                -c shared_buffers=64MB -c max_locks_per_transaction=256 >>log 2>&1 &
            server=$!
            while [ -d /proc/\(ProcessInfo.processInfo.processIdentifier) ] \\
                && kill -0 $server 2>/dev/null; do sleep 0.5; done
            kill -INT $server 2>/dev/null || true
            wait $server || true
            cd / && rm -rf '\(folder)'
            """
        do {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", script]
            if geteuid() == 0 {
                // PostgreSQL refuses to run as root.
                let user = getpwnam("postgres") == nil ? "nobody" : "postgres"
                guard let entry = getpwnam(user) else {
                    throw Missing(description: "no user to run PostgreSQL as")
                }
                chown(folder, entry.pointee.pw_uid, entry.pointee.pw_gid)
                process.executableURL = URL(fileURLWithPath: "/usr/sbin/runuser")
                process.arguments = ["-u", user, "--", "/bin/sh", "-c", script]
            }
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            for _ in 0..<300 where process.isRunning {
                if files.fileExists(atPath: folder + "/.s.PGSQL.5432.lock"),
                    let log = try? String(contentsOfFile: folder + "/log", encoding: .utf8),
                    log.contains("ready to accept connections")
                {
                    return "postgres://throughline@/postgres?host=\(folder)"
                }
                usleep(100_000)
            }
            let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
            throw Missing(description: "the private server did not start: \(log.suffix(500))")
        } catch {
            throw error as? Missing ?? Missing(description: "\(error)")
        }
    }
}

/// Lets a number of tests through at a time.
private actor Gate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) { free = count }

    func enter() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
