import CPostgres
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// One libpq connection; used by the thread of its session only.
final class PostgresConnection: Connection {
    let engine = Engine.postgres
    private let handle: OpaquePointer
    private let url: String
    /// Whether the server stopped answering, so that nothing may wait for it any more.
    private(set) var isSilent = false
    /// Whether a statement may take as long as it takes.
    var isPatient = false
    /// Why the running transaction cannot commit, when the reason lies outside its own statements.
    private(set) var fault: Fault?
    /// Whether the running transaction sends what it asks again and again by name.
    var keepsPlans = false
    private var plans = KeptPlans()
    /// What the running transaction wants to tell other programs once it is committed.
    private(set) var signals: Set<String> = []
    /// Asks between statements whether the caller has gone.
    var isInterrupted: () -> Bool = { false }

    /// A reason to run a whole transaction again.
    enum Fault {
        case serialization
        case connectionLost
    }

    /// A statement may take this long, in milliseconds.
    static let statementTimeout = 30_000

    init(_ url: String) throws(StoreError) {
        let mode = PostgresEncryption.impliedMode(
            of: url, beside: PostgresEncryption.said(in: ProcessInfo.processInfo.environment))
        let settings = [
            // The address comes last, so what it says wins.
            ("sslmode", mode), ("connect_timeout", "3"), ("tcp_user_timeout", "15000"),
            ("keepalives_idle", "30"),
            ("application_name", "throughline"), ("client_encoding", "UTF8"), ("dbname", url),
        ].compactMap { name, value in value.map { (name, $0) } }
        let opened = CStrings.with(settings.map(\.0)) { keys in
            CStrings.with(settings.map(\.1)) { values in PQconnectdbParams(keys, values, 1) }
        }
        guard let opened else { throw .unreachable("libpq is out of memory") }
        handle = opened
        self.url = url
        guard PQstatus(handle) == CONNECTION_OK else {
            let reason = PostgresFailure.plain(String(cString: PQerrorMessage(handle)))
            PQfinish(handle)
            let advice = PostgresEncryption.advice(on: reason, implied: mode)
            throw .unreachable([reason, advice].compactMap(\.self).joined(separator: ": "))
        }
        if let refusal = Self.refusal(ofServer: PQserverVersion(handle)) {
            PQfinish(handle)
            throw refusal
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        do {
            try command(
                """
                SET statement_timeout = \(Self.statementTimeout);
                SET idle_in_transaction_session_timeout = 60000;
                SET bytea_output = 'hex';
                SET extra_float_digits = 1
                """)
        } catch {
            PQfinish(handle)
            throw error
        }
    }

    /// Why a server of this version, in libpq's numbering, cannot be used; nil when it can.
    static func refusal(ofServer number: Int32) -> StoreError? {
        guard number < 150_000 else { return nil }
        // Before version 10 the second part belonged to the name: 90624 is 9.6.
        let version =
            number >= 100_000
            ? "\(number / 10_000)" : "\(number / 10_000).\(number / 100 % 100)"
        return .serverTooOld(version: version)
    }

    func finish() { PQfinish(handle) }

    /// A ticket that lets another thread interrupt a statement; free with `PQfreeCancel`.
    func cancellationTicket() -> OpaquePointer? { PQgetCancel(handle) }

    var isBroken: Bool { isSilent || PQstatus(handle) == CONNECTION_BAD }
    /// Whether a statement failed, after which PostgreSQL only accepts a rollback.
    var isAborted: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }

    func forgetFault() { fault = nil }
    func signal(_ name: String) { signals.insert(name) }
    func forgetSignals() { signals = [] }

    /// Runs one or more statements without values.
    func command(_ text: String) throws(StoreError) {
        let result = try answer(PQsendQuery(handle, text))
        defer { PQclear(result) }
        try check(result)
    }

    @discardableResult
    func execute(_ sql: SQL) throws(StoreError) -> Int {
        let result = try send(sql)
        defer { PQclear(result) }
        return Int(String(cString: PQcmdTuples(result))) ?? 0
    }

    func rows(_ sql: SQL) throws(StoreError) -> [Row] {
        let result = try send(sql)
        defer { PQclear(result) }
        let width = PQnfields(result)
        let columns = Row.Columns((0..<width).map { String(cString: PQfname(result, $0)) })
        let decoders = (0..<width).map { PostgresValue.decoder(for: PQftype(result, $0)) }
        return (0..<PQntuples(result)).map { row in
            Row(
                columns: columns,
                values: (0..<width).map { column in
                    if PQgetisnull(result, row, column) == 1 { return .null }
                    return decoders[Int(column)](
                        UnsafeBufferPointer(
                            start: PQgetvalue(result, row, column),
                            count: Int(PQgetlength(result, row, column))))
                })
        }
    }

    func stream(_ sql: SQL, batch: Int, _ body: ([Row]) throws -> Void) throws {
        // The first rows of a large answer may take longer than a request may.
        isPatient = true
        defer { isPatient = false }
        try command("SET LOCAL statement_timeout = 0")
        try execute("DECLARE stream NO SCROLL CURSOR FOR \(sql)")
        while true {
            let found = try rows(SQL(raw: "FETCH FORWARD \(batch) FROM stream"))
            if !found.isEmpty { try body(found) }
            if found.count < batch { break }
        }
        try command("CLOSE stream; SET LOCAL statement_timeout = \(Self.statementTimeout)")
    }

    /// The channel of this database's signals; the schema's name lets several of ours share one.
    static let channel: SQL = "'throughline_' || hashtext(current_schema())"

    /// Hears from now on what programs on this database tell each other.
    func beginListening() throws(StoreError) {
        let found = try rows("SELECT \(Self.channel) AS name")
        guard case .text(let name)? = found.first?.all.first else { throw .noRow }
        try command("LISTEN \"\(name)\"")
    }

    /// Waits for signals, so many milliseconds at most.
    func heard(within milliseconds: Int32) throws(StoreError) -> [String] {
        var names = takeNotices()
        guard names.isEmpty else { return names }
        var waiting = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, milliseconds) > 0 else { return [] }
        guard PQconsumeInput(handle) == 1 else {
            throw .unreachable("the connection was lost")
        }
        names = takeNotices()
        return names
    }

    private func takeNotices() -> [String] {
        var names: [String] = []
        while let notice = PQnotifies(handle) {
            names.append(String(cString: notice.pointee.extra))
            PQfreemem(notice)
        }
        return names
    }

    private func send(_ sql: SQL) throws(StoreError) -> OpaquePointer? {
        if isInterrupted() { throw .statement(message: "cancelled", code: "57014") }
        let (text, values) = sql.render(for: .postgres)
        try SQLValue.refuseNUL(values)
        let types = values.map(PostgresValue.type)
        let count = Int32(values.count)
        let name = try keptName(KeptPlans.Key(text: text, types: types))
        let sent = CStrings.with(values.map(PostgresValue.text)) { parameters in
            name.map { PQsendQueryPrepared(handle, $0, count, parameters, nil, nil, 0) }
                ?? PQsendQueryParams(handle, text, count, types, parameters, nil, nil, 0)
        }
        return try checked(try answer(sent), isKept: name != nil)
    }

    /// The name under which the server knows a statement; nil for one that is sent with its words.
    private func keptName(_ key: KeptPlans.Key) throws(StoreError) -> String? {
        guard keepsPlans else { return nil }
        switch plans.way(for: key) {
        case .plain: return nil
        case .kept(let name): return name
        case .new(let name, let forgettingOthers):
            if forgettingOthers {
                try command("DEALLOCATE ALL")
                plans.forgotten()
            }
            let sent = PQsendPrepare(handle, name, key.text, Int32(key.types.count), key.types)
            PQclear(try checked(try answer(sent), isKept: false))
            plans.prepared(key, as: name)
            return name
        }
    }

    /// A result that is none of a failure.
    private func checked(
        _ result: OpaquePointer?, isKept: Bool
    ) throws(StoreError) -> OpaquePointer? {
        do {
            try check(result, isKept: isKept)
            return result
        } catch {
            PQclear(result)
            throw error
        }
    }

    /// The last result of what was sent.
    private func answer(_ sent: Int32) throws(StoreError) -> OpaquePointer? {
        guard sent == 1 else { return nil }
        var last: OpaquePointer?
        do {
            while true {
                try waitForInput()
                guard let next = PQgetResult(handle) else { return last }
                PQclear(last)
                last = next
            }
        } catch {
            PQclear(last)
            throw error
        }
    }

    /// Waits until a result is complete, as long as somebody else can reach the server as well.
    ///
    /// The kernel of a server that hangs keeps its connections alive, so silence alone says nothing.
    private func waitForInput() throws(StoreError) {
        var patience = ServerPatience(isEndless: isPatient)
        while PQisBusy(handle) == 1 {
            var door = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            if poll(&door, 1, ServerPatience.step) != 0 {
                // A failure makes the connection broken, and the next result says so.
                guard PQconsumeInput(handle) == 1 else { return }
            } else if patience.isOver(isUnwanted: isInterrupted(), answers: isServerThere) {
                isSilent = true
                throw .unreachable("it stopped answering")
            }
        }
    }

    /// Whether the server answers a newcomer within two seconds, if only to refuse.
    private func isServerThere() -> Bool {
        let settings = [("dbname", url), ("connect_timeout", "2")]
        let answer = CStrings.with(settings.map(\.0)) { keys in
            CStrings.with(settings.map(\.1)) { values in PQpingParams(keys, values, 1) }
        }
        return answer == PQPING_OK || answer == PQPING_REJECT
    }

    private func check(_ result: OpaquePointer?, isKept: Bool = false) throws(StoreError) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return
        default: break
        }
        let failure = PostgresFailure(result, isConnectionBroken: isBroken, isKept: isKept)
        if failure.isPlanStale { plans.distrust() }
        if fault == nil { fault = failure.fault }
        throw failure.error
    }
}

/// Arrays of optional C strings, alive for the length of a call.
enum CStrings {
    static func with<Value>(
        _ texts: [String?], _ body: ([UnsafePointer<CChar>?]) -> Value
    ) -> Value {
        let copies = texts.map { $0.flatMap { strdup($0) } }
        defer { for copy in copies { free(copy) } }
        // libpq reads names and values of connection settings up to a final NULL.
        return body(copies.map { UnsafePointer($0) } + [nil])
    }
}
