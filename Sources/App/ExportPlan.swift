import Kernel
import Store

/// Which tables an export reads, and which rows of each belong to a workspace.
///
/// The schema decides: rows that name the workspace, and rows that live and die with such rows. So a
/// table that is added later is exported without a word here, or has its reason to stay out.
struct ExportPlan {
    struct Table: Sendable {
        let name: String
        let columns: [String]
        let order: [String]
        let condition: SQL
    }

    let tables: [Table]
    /// Tables that nothing joins to a workspace and that no reason keeps out; a test wants none.
    let unexplained: [String]

    /// What stays out, and why.
    static let leftOut: [String: String] = [
        "api_token": "a key to this server",
        "invitation": "a key to this server",
        "owner_link": "a key to this server",
        "pending_authorization": "half a sign-in at a network",
        "practice_app": "a key to the practice network",
        "practice_code": "a key to the practice network",
        "practice_token": "a key to the practice network",
        "session": "a signed-in browser, of a person rather than a workspace",
        "notice_setting": "what a person wants by e-mail, of a person rather than a workspace",
        "sign_in_attempt": "throttles sign-in on this server",
        "second_factor": "a key to this server",
        "recovery_code": "a key to this server",
        "sign_in_step": "half a sign-in on this server",
        "password_link": "a key to this server",
        "open_identity": "a way in of a person rather than a workspace",
        "spent_state": "half a sign-in on this server",
        "idempotency_key": "answers kept for a day for programs that repeat themselves",
        "job": "work of this server",
        "worker_heartbeat": "work of this server",
        "node": "work of this server",
        "leader_lease": "work of this server",
        "media_file": "the bytes of pictures, which are exported as files",
        "live_change": "which pages have to be drawn anew",
        "spool_mark": "how far this server has read its own files",
        "visitor_salt": "forgotten every day, so that nobody is recognised",
        "public_address": "a setting of this server",
        "instance": "which copy of this installation publishes",
        "backup_run": "work of this server",
        "schema_step": "the program's own book",
        "schema_version": "the program's own book",
    ]

    init(_ schema: SchemaDescription, workspace: WorkspaceID) {
        var found: [Table] = []
        var unexplained: [String] = []
        for (name, table) in schema.tables.sorted(by: { $0.key < $1.key })
        where Self.leftOut[name] == nil {
            guard let condition = Self.condition(of: name, in: schema, workspace, []) else {
                unexplained.append(name)
                continue
            }
            let columns = table.columns.map(\.name).filter { !Self.isSecret($0) }
            let key = table.primaryKey.isEmpty ? table.columns.map(\.name) : table.primaryKey
            found.append(Table(name: name, columns: columns, order: key, condition: condition))
        }
        tables = found
        self.unexplained = unexplained
    }

    private static let secretColumns: Set<String> = [
        "sealed", "sealed_previous", "hand_token", "password_hash",
    ]

    /// Digests and sealed credentials mean nothing elsewhere; what a text's hash says is no secret.
    private static func isSecret(_ column: String) -> Bool {
        if secretColumns.contains(column) { return true }
        let digests = ["secret_hash", "token_hash", "previous_hash", "state_hash", "code_hash"]
        return digests.contains { column.hasSuffix($0) }
    }

    /// The rows of a table that belong to the workspace; nil when nothing says so.
    private static func condition(
        of name: String, in schema: SchemaDescription, _ workspace: WorkspaceID,
        _ path: Set<String>
    ) -> SQL? {
        guard let table = schema.tables[name], !path.contains(name) else { return nil }
        if name == "workspace" { return "id = \(workspace)" }
        if name == "person" {
            return "id IN (SELECT person_id FROM member WHERE workspace_id = \(workspace))"
        }
        if table.columns.contains(where: { $0.name == "workspace_id" }) {
            return "workspace_id = \(workspace)"
        }
        // Names come from the schema itself, never from a person.
        for key in table.foreignKeys.sorted(by: { $0.table < $1.table })
        where key.onDelete == "CASCADE" && key.columns.count == 1 && key.table != "person" {
            guard
                let parent = condition(of: key.table, in: schema, workspace, path.union([name])),
                let target = schema.tables[key.table]?.primaryKey, target.count == 1
            else { continue }
            let (own, id, from) = (
                SQL(raw: quoted(key.columns[0])), SQL(raw: quoted(target[0])),
                SQL(raw: quoted(key.table))
            )
            return "\(own) IN (SELECT \(id) FROM \(from) WHERE \(parent))"
        }
        return nil
    }

    static func quoted(_ name: String) -> String { "\"\(name)\"" }
}

extension ExportPlan.Table {
    /// The rows after `last`, in the order of the key; the key's values come first.
    func page(after last: [SQLValue]?, limit: Int) -> SQL {
        let names = { (columns: [String]) in
            SQL(raw: columns.map(ExportPlan.quoted).joined(separator: ", "))
        }
        var conditions = [condition]
        if let last {
            let values = SQL.joined(last.map { "\($0)" }, separator: ", ")
            conditions.append("(\(names(order))) > (\(values))")
        }
        let shown = Set(columns).union(order).sorted()
        return """
            SELECT \(names(shown)) FROM \(SQL(raw: ExportPlan.quoted(name)))
            WHERE \(.all(conditions)) ORDER BY \(names(order)) LIMIT \(limit)
            """
    }
}
