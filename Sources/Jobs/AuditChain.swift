import Crypto
import Foundation
package import Kernel
package import Store

/// The last link of a workspace's chain: whoever keeps it elsewhere can prove that nothing before
/// it was changed or cut off.
package struct AuditHead: Codable, Sendable, Hashable, CustomStringConvertible {
    package let number: Int64
    package let hash: String

    init(number: Int64, hash: String) {
        self.number = number
        self.hash = hash
    }

    /// Reads `412:9f2c…`, as `description` writes it.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let number = Int64(parts[0]), number > 0,
            parts[1].utf8.count == 64, Hex.bytes(String(parts[1])) != nil
        else { return nil }
        self.init(number: number, hash: parts[1].lowercased())
    }

    package var description: String { "\(number):\(hash)" }

    static func load(_ workspace: WorkspaceID, _ tx: borrowing Transaction) throws -> AuditHead? {
        let row = try tx.first(
            "SELECT number, hash FROM audit_head WHERE workspace_id = \(workspace)")
        return try row.map { AuditHead(number: try $0("number"), hash: try $0("hash")) }
    }
}

/// Seals events into one chain per workspace, so that no edit, removal or reordering of what was
/// recorded stays unseen.
///
/// Events are written by many transactions at once; a chain needs one order. So each is sealed
/// shortly after it was committed, by whichever node has the turn.
package struct AuditChain: Sendable {
    private let database: Database
    private let surroundings: Surroundings
    private static let batch = 500

    package init(database: Database, surroundings: Surroundings) {
        self.database = database
        self.surroundings = surroundings
    }

    /// Seals what was recorded since the last time; returns how many events that were.
    ///
    /// `fence` is asked in each transaction and throws when somebody else is to do it.
    @discardableResult
    package func seal(
        fence: @escaping @Sendable (borrowing Transaction) throws -> Void = { _ in }
    ) async throws -> Int {
        var count = 0
        while try await hasUnsealed() {
            count += try await database.write(.readCommitted) { tx in
                try fence(tx)
                return try sealBatch(tx)
            }
        }
        return count
    }

    private func hasUnsealed() async throws -> Bool {
        try await database.read { tx in
            try tx.exists("SELECT 1 FROM event WHERE seal_number IS NULL LIMIT 1")
        }
    }

    private func sealBatch(_ tx: borrowing Transaction) throws -> Int {
        // Whoever waited here reads what the one before has appended.
        try tx.takeTurn("audit.seal")
        let rows = try tx.rows(
            """
            SELECT * FROM event WHERE seal_number IS NULL ORDER BY workspace_id, id
            LIMIT \(Self.batch)
            """)
        var heads: [WorkspaceID: AuditHead] = [:]
        for row in rows {
            let workspace: WorkspaceID = try row("workspace_id")
            let last = try heads[workspace] ?? AuditHead.load(workspace, tx)
            let salts = (
                Hex.text(surroundings.randomBytes(16)), Hex.text(surroundings.randomBytes(16))
            )
            let entry = try AuditEntry(row)
            let (who, what) = (entry.who(salt: salts.0), try entry.what(salt: salts.1))
            let number = (last?.number ?? 0) + 1
            let hash = entry.hash(number: number, after: last?.hash, who: who, what: what)
            try tx.execute(
                """
                UPDATE event SET seal_number = \(number), seal_who = \(who), seal_what = \(what),
                    seal_hash = \(hash), salt_who = \(salts.0), salt_what = \(salts.1)
                WHERE id = \(entry.id)
                """)
            heads[workspace] = AuditHead(number: number, hash: hash)
        }
        for (workspace, head) in heads {
            try tx.execute(
                """
                INSERT INTO audit_head (workspace_id, number, hash, at)
                VALUES (\(workspace), \(head.number), \(head.hash), \(surroundings.now()))
                ON CONFLICT (workspace_id) DO UPDATE SET number = excluded.number,
                    hash = excluded.hash, at = excluded.at
                """)
        }
        return rows.count
    }

    /// The last link of a workspace's chain; nil while nothing is sealed.
    package func head(of workspace: WorkspaceID) async throws -> AuditHead? {
        try await database.read { tx in try AuditHead.load(workspace, tx) }
    }

    /// Goes through a whole chain and compares every entry with what was sealed.
    ///
    /// `kept` is a head that somebody wrote down before: with it, entries cut off at the end show
    /// even when the chain's own note of its end was changed too.
    package func verify(
        _ workspace: WorkspaceID, against kept: AuditHead? = nil
    ) async throws -> AuditReport {
        try await database.read { tx in
            var check = AuditCheck(workspace: workspace, kept: kept)
            var last: Int64 = 0
            while true {
                let rows = try tx.rows(
                    """
                    SELECT * FROM event WHERE workspace_id = \(workspace)
                        AND seal_number > \(last)
                    ORDER BY seal_number LIMIT 1000
                    """)
                for row in rows {
                    try check.see(row)
                    last = try row("seal_number")
                }
                if rows.count < 1000 { break }
            }
            let waiting = try tx.scalar(
                Int.self,
                """
                SELECT COUNT(*) FROM event
                WHERE workspace_id = \(workspace) AND seal_number IS NULL
                """)
            return check.finish(try AuditHead.load(workspace, tx), waiting: waiting ?? 0)
        }
    }
}

/// One event as the chain sees it.
///
/// Who and what stand in commitments of their own, each with a salt: when a person is erased, the
/// text and the salt go and the commitment stays, so the chain holds and nothing can be guessed.
struct AuditEntry {
    let id: ID<Event>
    private let row: Row

    init(_ row: Row) throws {
        id = try row("id")
        self.row = row
    }

    func who(salt: String) -> String {
        Self.digest([
            salt, text("person_id"), text("principal_name"), text("origin"),
        ])
    }

    func what(salt: String) throws -> String {
        // The engines store JSON in different words, so it is hashed in one form of our own.
        let payload = try CanonicalJSON.text(try row("payload"))
        return Self.digest([salt, text("summary"), payload, text("changes")])
    }

    func hash(number: Int64, after previous: String?, who: String, what: String) -> String {
        Self.digest([
            "throughline-audit-1", previous, "\(number)", text("workspace_id"), id.text,
            text("name"), text("subject"), text("principal_kind"), text("at"), who, what,
        ])
    }

    private func text(_ column: String) -> String? {
        switch try? row.raw(column) {
        case .text(let text): text
        case .integer(let number): "\(number)"
        default: nil
        }
    }

    /// SHA-256 over the parts, each with its length, so that they cannot run together; a part
    /// that is missing differs from an empty one.
    private static func digest(_ parts: [String?]) -> String {
        var hash = SHA256()
        for part in parts {
            let bytes = Data((part ?? "").utf8)
            let length = part == nil ? UInt64.max : UInt64(bytes.count)
            withUnsafeBytes(of: length.bigEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        return Hex.text(hash.finalize())
    }
}

/// What going through a chain has shown.
package struct AuditReport: Codable, Sendable, Hashable {
    /// Something that is not as it was sealed.
    package struct Finding: Codable, Sendable, Hashable {
        /// In which way it differs.
        package enum Kind: String, Codable, Sendable {
            case changed
            case missing
            case cutOff
            case beyondTheHead
            case otherHead
        }

        package let kind: Kind
        /// The place in the chain.
        package let number: Int64
        /// What it means, in one sentence.
        package let says: String
    }

    package let workspace: WorkspaceID
    package let entries: Int64
    /// Entries without a person's name or words, because that person was erased.
    package let erased: Int64
    /// Events that were recorded but not sealed yet.
    package let waiting: Int
    package let head: AuditHead?
    package let findings: [Finding]
    /// How many findings there are; only the first are listed.
    package let findingCount: Int

    package var isIntact: Bool { findingCount == 0 }
}

/// Goes along a chain, entry by entry.
struct AuditCheck {
    private static let mostListed = 50

    let workspace: WorkspaceID
    let kept: AuditHead?
    private var entries: Int64 = 0
    private var erased: Int64 = 0
    private var last: AuditHead?
    private var hasSeenKept = false
    private var findings: [AuditReport.Finding] = []
    private var findingCount = 0

    init(workspace: WorkspaceID, kept: AuditHead?) {
        self.workspace = workspace
        self.kept = kept
    }

    mutating func see(_ row: Row) throws {
        let entry = try AuditEntry(row)
        let number: Int64 = try row("seal_number")
        let sealed: String = try row("seal_hash", as: String?.self) ?? ""
        let expected = (last?.number ?? 0) + 1
        if number > expected {
            let gone = number - expected
            note(
                .missing, expected,
                "\(gone == 1 ? "An entry is" : "\(gone) entries are") missing before number "
                    + "\(number).")
        }
        let who = try row("seal_who", as: String?.self) ?? ""
        let what = try row("seal_what", as: String?.self) ?? ""
        let whoHolds = try holds(row, salt: "salt_who", who, EventLog.erasedWho(row)) {
            entry.who(salt: $0)
        }
        let whatHolds = try holds(row, salt: "salt_what", what, EventLog.erasedWhat(row)) {
            try entry.what(salt: $0)
        }
        let hash = entry.hash(
            number: number, after: number > expected ? nil : last?.hash, who: who, what: what)
        // After a gap the link before is gone, so only the entry's own parts can be compared.
        let linkHolds = number > expected || hash == sealed
        if !whoHolds || !whatHolds || !linkHolds {
            note(.changed, number, "Number \(number) is not what was recorded, or was moved.")
        }
        let lacksSalt =
            try row("salt_who", as: String?.self) == nil
            || row("salt_what", as: String?.self) == nil
        if lacksSalt { erased += 1 }
        if let kept, kept.number == number {
            hasSeenKept = true
            if kept.hash != sealed {
                note(
                    .otherHead, number,
                    "Number \(number) is not the one that was written down: the chain before it "
                        + "was rewritten.")
            }
        }
        entries += 1
        last = AuditHead(number: number, hash: sealed)
    }

    /// Whether a part is what its commitment says; erased parts hold when nothing but the mark of
    /// erasure stands there.
    private func holds(
        _ row: Row, salt column: String, _ commitment: String, _ isErased: Bool,
        _ compute: (String) throws -> String
    ) throws -> Bool {
        guard let salt = try row(column, as: String?.self) else { return isErased }
        return try compute(salt) == commitment
    }

    mutating func finish(_ head: AuditHead?, waiting: Int) -> AuditReport {
        let end = last?.number ?? 0
        if let head, head.number > end {
            note(.cutOff, end + 1, "The chain ends at \(end), but it once reached \(head.number).")
        } else if end > (head?.number ?? 0) {
            note(
                .beyondTheHead, end,
                "Entries were added beside the program after number "
                    + "\(head?.number ?? 0).")
        } else if let head, let last, head.hash != last.hash {
            note(.otherHead, end, "The last entry is not the one that was sealed last.")
        }
        if let kept, !hasSeenKept {
            note(
                .cutOff, end + 1,
                "Number \(kept.number) was written down as the chain's head and is not there.")
        }
        return AuditReport(
            workspace: workspace, entries: entries, erased: erased, waiting: waiting, head: last,
            findings: findings, findingCount: findingCount)
    }

    private mutating func note(
        _ kind: AuditReport.Finding.Kind, _ number: Int64, _ says: String
    ) {
        findingCount += 1
        guard findings.count < Self.mostListed else { return }
        findings.append(.init(kind: kind, number: number, says: says))
    }
}

/// JSON in one form, whichever engine kept it: keys in order, numbers in their shortest words.
enum CanonicalJSON {
    private enum Value: Codable {
        case null
        case flag(Bool)
        case whole(Int64)
        case number(Double)
        case text(String)
        case list([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let whole = try? container.decode(Int64.self) {
                self = .whole(whole)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .null: try container.encodeNil()
            case .flag(let flag): try container.encode(flag)
            case .whole(let whole): try container.encode(whole)
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            case .list(let list): try container.encode(list)
            case .object(let object): try container.encode(object)
            }
        }
    }

    static func text(_ stored: String) throws -> String {
        // Text that somebody broke by hand is still something to hash, and to find changed.
        guard let value = try? JSON.decode(Value.self, from: stored) else { return stored }
        return try JSON.text(value)
    }
}
