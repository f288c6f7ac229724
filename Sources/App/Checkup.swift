import Foundation
import Jobs
import Kernel
import Outbound
import Safekeeping
import Store

/// What `doctor` looks at.
package enum Checkup {
    /// One thing that was looked at.
    package struct Finding: Sendable, Encodable {
        package let what: String
        package let isGood: Bool
        /// Whether the program cannot do without it.
        package let isNeeded: Bool
        package let says: String
    }

    /// Looks at database, disk and tools.
    package static func run(_ program: Program) async -> [Finding] {
        let settings = program.settings
        return [
            await database(program), await worker(program), await failedJobs(program), assets(),
            disk(settings.dataFolder), folder(settings.dataFolder), await key(program),
            openFiles(settings), pictures(),
            await mail(program.floor),
            await scanner(settings), await backups(program),
            Finding(
                what: "public address", isGood: settings.publicURL != nil, isNeeded: false,
                says: settings.publicURL
                    ?? "not set: tracked links and website figures work on this machine only"),
        ]
    }

    private static func database(_ program: Program) async -> Finding {
        do {
            let (engine, isEmpty) = try await program.database.read { tx in
                (tx.engine.rawValue, try !tx.exists("SELECT 1 FROM person LIMIT 1"))
            }
            return Finding(
                what: "database", isGood: true, isNeeded: true,
                says: "\(engine) answers, schema version \(ProgramSchema.version)"
                    + (isEmpty
                        ? "; it is empty: if somebody has an account already, this is not its "
                            + "place (--data, --database)" : ""))
        } catch {
            return Finding(
                what: "database", isGood: false, isNeeded: true,
                says: Problem.presenting(error).message)
        }
    }

    /// Whether somebody carries jobs; without a server running that is as it should be.
    private static func worker(_ program: Program) async -> Finding {
        let now = program.floor.surroundings.now()
        let beat = try? await program.database.read { tx in try JobWorker.lastBeat(in: tx) }
        let isAlive = beat.flatMap { $0 }.map { now - $0 < JobWorker.silence } ?? false
        return Finding(
            what: "worker", isGood: isAlive, isNeeded: false,
            says: isAlive
                ? "carries jobs"
                : "nobody carries jobs now; `throughline serve` publishes what is due")
    }

    private static func failedJobs(_ program: Program) async -> Finding {
        let queue = program.floor.queue
        let failed = try? await program.database.read { tx in
            try queue.facts(in: tx).count(.dead)
        }
        let count = failed ?? 0
        return Finding(
            what: "failed jobs", isGood: count == 0, isNeeded: false,
            says: count == 0
                ? "none has failed for good"
                : "\(count) failed for good; Settings, Server says why and tries them again")
    }

    /// Where the secret key lies; a second one beside it would be a key that nobody looks after.
    private static func key(_ program: Program) async -> Finding {
        let settings = program.settings
        if let trouble = try? await program.keyTrouble() {
            return Finding(what: "secret key", isGood: false, isNeeded: false, says: trouble)
        }
        let path = settings.secretKeyFile
        let facts = try? FileManager.default.attributesOfItem(
            atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        let mode = (facts?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        // A vault may give it to a group that only the service is in.
        guard mode & (settings.keyFile == nil ? 0o077 : 0o007) == 0 else {
            return Finding(
                what: "secret key", isGood: false, isNeeded: false,
                says:
                    "other users of this machine may read \(path): take that right away (chmod 600)"
            )
        }
        let own = settings.dataFolder + "/secret.key"
        guard let file = settings.keyFile else {
            return Finding(
                what: "secret key", isGood: true, isNeeded: true,
                says: "lies in \(own), for this user only; --key-file takes it from a vault instead"
            )
        }
        let isDouble = FileManager.default.fileExists(atPath: own)
        return Finding(
            what: "secret key", isGood: !isDouble, isNeeded: false,
            says: "comes from \(file)"
                + (isDouble ? "; \(own) is not used: keep a copy elsewhere and delete it" : ""))
    }

    /// Whether others on the machine can look into the data folder, and so read the database.
    private static func folder(_ path: String) -> Finding {
        let facts = try? FileManager.default.attributesOfItem(atPath: path)
        let mode = (facts?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        let isClosed = mode & 0o077 == 0
        return Finding(
            what: "data folder", isGood: isClosed, isNeeded: false,
            says: isClosed
                ? "\(path) is for this user only"
                : "other users of this machine may look into \(path), which holds the database: "
                    + "take that right away (chmod 700)")
    }

    private static func openFiles(_ settings: ServerSettings) -> Finding {
        let most = OpenFiles.raised()
        let places = max(16, min(settings.maxConnections, most - OpenFiles.reserve))
        let isEnough = places >= settings.maxConnections
        return Finding(
            what: "open files", isGood: isEnough, isNeeded: false,
            says: "\(most) may be open, which is enough for \(places) connections"
                + (isEnough ? "" : " instead of \(settings.maxConnections); raise LimitNOFILE"))
    }

    /// Restores the latest planned backup into a temporary place and compares everything.
    private static func backups(_ program: Program) async -> Finding {
        func finding(_ isGood: Bool, _ says: String) -> Finding {
            Finding(what: "backups", isGood: isGood, isNeeded: false, says: says)
        }
        guard let schedule = program.settings.backups else {
            return finding(
                false, "none are made by themselves: start the server with --backup-folder")
        }
        do {
            if let trouble = try await program.backups.trouble() { return finding(false, trouble) }
            guard let drill = try await program.backups.drill() else {
                return finding(false, "\(schedule.folder) holds none yet")
            }
            return finding(
                true,
                "the one of \(drill.madeAt) was restored in a drill: \(drill.rows) rows are "
                    + "the same, and the database found itself whole")
        } catch {
            return finding(
                false, "the latest does not come back: \(Problem.presenting(error).message)")
        }
    }

    private static func assets() -> Finding {
        let isThere = !EmbeddedFiles.isEmpty
        return Finding(
            what: "pages", isGood: isThere, isNeeded: true,
            says: isThere
                ? "styles, scripts and templates are in the binary"
                : "this binary was built without assets: run `make assets`, then build again")
    }

    private static func disk(_ folder: String) -> Finding {
        guard DiskFacts.isWritable(folder) else {
            return Finding(
                what: "disk", isGood: false, isNeeded: true,
                says: "\(folder) cannot be written to; is the disk mounted read-only?")
        }
        let free = DiskFacts.free(folder) ?? 0
        let isEnough = free > 500_000_000
        return Finding(
            what: "disk", isGood: isEnough, isNeeded: false,
            says: "\(free / 1_000_000) MB free in \(folder)"
                + (isEnough ? "" : "; make room before media and backups fill it"))
    }

    /// Goes as far as signing in, and sends nothing.
    private static func mail(_ floor: Floor) async -> Finding {
        guard let post = PostOffice(floor) else {
            return Finding(
                what: "e-mail", isGood: false, isNeeded: false,
                says: "not set: notices are shown on pages only; set THROUGHLINE_SMTP and "
                    + "THROUGHLINE_MAIL_FROM")
        }
        do {
            try await post.mailer.check()
            return Finding(
                what: "e-mail", isGood: true, isNeeded: false,
                says: "\(post.mailer.relay) takes messages from \(post.from.address)")
        } catch {
            return Finding(
                what: "e-mail", isGood: false, isNeeded: false,
                says: Problem.presenting(error).message)
        }
    }

    /// Asks the scanner who it is.
    private static func scanner(_ settings: ServerSettings) async -> Finding {
        func finding(_ isGood: Bool, _ says: String) -> Finding {
            Finding(what: "virus scanner", isGood: isGood, isNeeded: false, says: says)
        }
        guard let scanner = settings.virusScanner else {
            return finding(
                true, "not set: pictures are taken apart and cleaned, and no scanner looks at them")
        }
        do {
            return finding(true, "\(try await scanner.version()) looks at each picture")
        } catch {
            return finding(
                false, "\(scanner) does not answer, so no picture is taken: is clamd running?")
        }
    }

    private static func pictures() -> Finding {
        let isThere = (ProcessInfo.processInfo.environment["PATH"] ?? "")
            .split(separator: ":")
            .contains { FileManager.default.isExecutableFile(atPath: "\($0)/vipsthumbnail") }
        return Finding(
            what: "pictures", isGood: isThere, isNeeded: false,
            says: isThere
                ? "libvips fits pictures to each network"
                : "libvips is missing, so pictures are sent as they are: apt install libvips-tools")
    }
}
