import Configuration
import Foundation
package import Kernel
package import Logging
package import Outbound
package import People
package import Safekeeping
package import Store
package import Web

/// Everything an operator can set, from options, then the environment, then defaults.
package struct ServerSettings: Sendable, Equatable {
    /// The folder of the SQLite database, media and keys.
    package var dataFolder: String
    /// A file with the secret key that somebody else keeps; nil for our own in the data folder.
    package var keyFile: String?
    /// A `postgres://` address instead of SQLite.
    package var database: String?
    package var host: String
    /// 0 takes any free port.
    package var port: Int
    /// `https://social.example`, when the world can reach this server.
    package var publicURL: String?
    package var trustsProxy: Bool
    /// `host` or `host:port` entries inside private networks that connectors may reach.
    package var allowedAddresses: [String]
    /// The only places the program may reach; nil when it is not held to a list.
    package var reach: ReachList?
    /// `smtps://name:password@mail.example`, when mail can be sent.
    package var smtp: String?
    /// Who our messages come from.
    package var mailFrom: String?
    /// What looks at uploads before they are kept; nil looks at nothing.
    package var virusScanner: VirusScanner?
    package var logLevel: Logger.Level
    package var logFormat: LogFormat
    /// Connections at the same time; the limit of open files can lower it.
    package var maxConnections: Int
    /// How often one caller may ask the API or change something; nil when that is not bounded.
    package var requestRate: RequestRate?
    /// What a monitoring system sends as bearer token to read `/metrics`; environment only.
    package var metricsToken: String?
    /// Hours of silence after which a person is asked before anything is sent; nil never asks.
    package var holdAfter: Int?
    /// Backups that are made by themselves; nil makes none.
    package var backups: BackupSchedule?
    /// Whether the practice network is part of the program; `off` where only real ones belong.
    package var servesPractice: Bool
    /// Where people may sign in instead of here (OpenID Connect).
    package var openID: OpenIDProvider?
    /// How closely codes of second factors and keys under ID tokens are read.
    package var signInRigour: SignInRigour
    /// For rehearsals only, from the environment: how the program is to be cut off.
    package var interruption: String?
    /// For rehearsals only, from the environment: how the practice network misbehaves.
    package var practice: String?

    /// Values given on the command line; nil means not given.
    package struct Overrides: Sendable {
        package var dataFolder: String?
        package var keyFile: String?
        package var database: String?
        package var host: String?
        package var port: Int?
        package var publicURL: String?
        package var trustsProxy: Bool?
        package var signsInStrictly: Bool?
        package var allowedAddresses: [String]
        package var onlyAddresses: [String]
        package var smtp: String?
        package var mailFrom: String?
        package var virusScanner: String?
        package var logLevel: String?
        package var logFormat: String?
        package var maxConnections: Int?
        package var requestsPerSecond: Int?
        package var holdAfter: Int?
        package var backups = Backups()

        /// What was said of backups that are made by themselves.
        package struct Backups: Sendable {
            package var folder: String?
            /// `03:00`, UTC.
            package var at: String?
            package var daily: Int?
            package var weekly: Int?

            package init(
                folder: String? = nil, at: String? = nil, daily: Int? = nil, weekly: Int? = nil
            ) {
                self.folder = folder
                self.at = at
                self.daily = daily
                self.weekly = weekly
            }
        }
        /// `on` or `off`.
        package var practiceNetwork: String?
        package var openIDIssuer: String?
        package var openIDClient: String?
        package var openIDName: String?

        package init(
            dataFolder: String? = nil, keyFile: String? = nil, database: String? = nil,
            host: String? = nil,
            port: Int? = nil, publicURL: String? = nil, trustsProxy: Bool? = nil,
            signsInStrictly: Bool? = nil,
            allowedAddresses: [String] = [], onlyAddresses: [String] = [], smtp: String? = nil,
            mailFrom: String? = nil, virusScanner: String? = nil,
            logLevel: String? = nil, logFormat: String? = nil, maxConnections: Int? = nil,
            requestsPerSecond: Int? = nil, holdAfter: Int? = nil, backups: Backups = .init(),
            practiceNetwork: String? = nil, openIDIssuer: String? = nil,
            openIDClient: String? = nil, openIDName: String? = nil
        ) {
            self.dataFolder = dataFolder
            self.keyFile = keyFile
            self.database = database
            self.host = host
            self.port = port
            self.publicURL = publicURL
            self.trustsProxy = trustsProxy
            self.signsInStrictly = signsInStrictly
            self.allowedAddresses = allowedAddresses
            self.onlyAddresses = onlyAddresses
            self.smtp = smtp
            self.mailFrom = mailFrom
            self.virusScanner = virusScanner
            self.logLevel = logLevel
            self.logFormat = logFormat
            self.maxConnections = maxConnections
            self.requestsPerSecond = requestsPerSecond
            self.holdAfter = holdAfter
            self.backups = backups
            self.practiceNetwork = practiceNetwork
            self.openIDIssuer = openIDIssuer
            self.openIDClient = openIDClient
            self.openIDName = openIDName
        }
    }

    /// Reads the settings; `environment` holds `THROUGHLINE_…` variables.
    package init(_ given: Overrides, environment: [String: String]) throws(Problem) {
        let reader = ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: try SecretFiles.filled(environment))
        ).scoped(to: "throughline")
        dataFolder = given.dataFolder ?? reader.string(forKey: "data") ?? "data"
        keyFile =
            given.keyFile ?? reader.string(forKey: "key.file").flatMap { $0.isEmpty ? nil : $0 }
        database = given.database ?? reader.string(forKey: "database")
        host = given.host ?? reader.string(forKey: "host") ?? "127.0.0.1"
        port = given.port ?? 8080
        if given.port == nil, let text = reader.string(forKey: "port") {
            guard let number = Int(text) else {
                throw Self.wrong("THROUGHLINE_PORT", "a number from 0 to 65535", text)
            }
            port = number
        }
        publicURL = given.publicURL ?? reader.string(forKey: "public.url")
        trustsProxy = given.trustsProxy ?? (reader.string(forKey: "trust.proxy") == "true")
        let isStrict =
            given.signsInStrictly ?? (reader.string(forKey: "strict.sign.in") == "true")
        signInRigour = isStrict ? .strict : .usual
        allowedAddresses = Self.list(given.allowedAddresses, "allow.address", reader)
        reach = try Self.reach(given.onlyAddresses, reader)
        smtp = given.smtp ?? reader.string(forKey: "smtp")
        mailFrom = given.mailFrom ?? reader.string(forKey: "mail.from")
        virusScanner = try Self.scanner(
            given.virusScanner ?? reader.string(forKey: "virus.scanner"))
        let level = given.logLevel ?? reader.string(forKey: "log.level") ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw Self.wrong("--log-level", "debug, info, notice, warning or error", level)
        }
        self.logLevel = logLevel
        let format = given.logFormat ?? reader.string(forKey: "log.format") ?? "text"
        guard let logFormat = LogFormat(rawValue: format) else {
            throw Self.wrong("--log-format", "text or json", format)
        }
        self.logFormat = logFormat
        maxConnections = given.maxConnections ?? 4096
        if given.maxConnections == nil, let text = reader.string(forKey: "max.connections") {
            guard let number = Int(text) else {
                throw Self.wrong("THROUGHLINE_MAX_CONNECTIONS", "a number", text)
            }
            maxConnections = number
        }
        requestRate = try Self.requestRate(given, reader)
        metricsToken = reader.string(forKey: "metrics.token")
        var hours = given.holdAfter
        if hours == nil { hours = try Self.number("hold.after", reader) }
        holdAfter = hours == 0 ? nil : hours ?? 72
        backups = try Self.backups(given.backups, reader)
        let network = given.practiceNetwork ?? reader.string(forKey: "practice.network") ?? "on"
        guard ["on", "off"].contains(network) else {
            throw Self.wrong("--practice-network", "on or off", network)
        }
        servesPractice = network == "on"
        interruption = reader.string(forKey: "chaos")
        practice = reader.string(forKey: "practice")
        try check()
        openID = try provider(given, reader)
        try checkReach()
    }

    /// What was given, or else what a variable lists between commas.
    private static func list(
        _ given: [String], _ key: String, _ reader: ConfigReader
    ) -> [String] {
        guard given.isEmpty else { return given }
        return (reader.string(forKey: ConfigKey(key)) ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func reach(
        _ given: [String], _ reader: ConfigReader
    ) throws(Problem) -> ReachList? {
        let places = list(given, "only.address", reader)
        guard !places.isEmpty else {
            // A list that lost its places must not open what it closed.
            guard reader.string(forKey: "only.address") == nil else {
                throw missing(
                    "THROUGHLINE_ONLY_ADDRESS is set and names no place. List hosts with commas "
                        + "between them, or take the variable away: then any public place may be "
                        + "reached.")
            }
            return nil
        }
        do throws(OutboundError) {
            return try ReachList(places)
        } catch {
            throw Self.missing("--only-address: \(error.problem.message)")
        }
    }

    private static func scanner(_ address: String?) throws(Problem) -> VirusScanner? {
        guard let address, !address.isEmpty else { return nil }
        do throws(ScanError) {
            return try VirusScanner(address)
        } catch {
            throw error.problem
        }
    }

    /// Refuses a list that leaves out what other settings need.
    private func checkReach() throws(Problem) {
        guard let reach else { return }
        if let relay = smtp.flatMap({ try? MailRelay($0) }),
            !reach.contains(relay.host, relay.port)
        {
            throw Self.missing(
                "The mail server \(relay.host):\(relay.port) of --smtp is not on the list of "
                    + "--only-address. Add it.")
        }
        if let scanner = virusScanner?.host, !reach.contains(scanner.name, scanner.port) {
            throw Self.missing(
                "The scanner \(scanner.name):\(scanner.port) of --virus-scanner is not on the list "
                    + "of --only-address. Add it.")
        }
        if let issuer = openID.flatMap({ URLComponents(string: $0.issuer) }),
            let host = issuer.host,
            !reach.contains(host, issuer.port ?? (issuer.scheme == "https" ? 443 : 80))
        {
            throw Self.missing(
                "The server \(host) of --openid-issuer is not on the list of --only-address. "
                    + "Add it.")
        }
    }

    private func provider(
        _ given: Overrides, _ reader: ConfigReader
    ) throws(Problem) -> OpenIDProvider? {
        guard let issuer = given.openIDIssuer ?? reader.string(forKey: "openid.issuer") else {
            return nil
        }
        let parts = URLComponents(string: issuer)
        guard ["https", "http"].contains(parts?.scheme), parts?.host?.isEmpty == false,
            parts?.query == nil, parts?.fragment == nil
        else {
            throw Self.wrong(
                "--openid-issuer", "the address by which the server names itself", issuer)
        }
        guard let client = given.openIDClient ?? reader.string(forKey: "openid.client") else {
            throw Self.missing("--openid-issuer needs --openid-client, the name it knows us by.")
        }
        guard publicURL != nil else {
            throw Self.missing(
                "--openid-issuer needs --public-url: the other server sends browsers back there.")
        }
        return OpenIDProvider(
            issuer: issuer, clientID: client,
            clientSecret: reader.string(forKey: "openid.secret"),
            name: given.openIDName ?? reader.string(forKey: "openid.name"))
    }

    private static func requestRate(
        _ given: Overrides, _ reader: ConfigReader
    ) throws(Problem) -> RequestRate? {
        var number = given.requestsPerSecond
        if number == nil { number = try Self.number("requests.per.second", reader) }
        guard let number else { return RequestRate(perSecond: 50) }
        guard (0...100_000).contains(number) else {
            throw wrong(
                "--requests-per-second", "a number up to 100000, or 0 for no bound", "\(number)")
        }
        return number == 0 ? nil : RequestRate(perSecond: number)
    }

    private static func missing(_ what: String) -> Problem {
        Problem(.invalid, code: "config.value", what)
    }

    private static func backups(
        _ given: Overrides.Backups, _ reader: ConfigReader
    ) throws(Problem) -> BackupSchedule? {
        let at = given.at ?? reader.string(forKey: "backup.at") ?? "03:00"
        var daily = given.daily
        if daily == nil { daily = try number("backup.daily", reader) }
        var weekly = given.weekly
        if weekly == nil { weekly = try number("backup.weekly", reader) }
        let parts = at.split(separator: ":").map { Int($0) }
        guard parts.count == 2, let hour = parts[0], let minute = parts[1],
            (0...23).contains(hour), (0...59).contains(minute)
        else { throw wrong("--backup-at", "a time of day in UTC, such as 03:00", at) }
        for count in [daily ?? 0, weekly ?? 0] where !(0...1000).contains(count) {
            throw wrong("--backup-daily and --backup-weekly", "numbers from 0 to 1000", "\(count)")
        }
        guard let folder = given.folder ?? reader.string(forKey: "backup.folder"), !folder.isEmpty
        else { return nil }
        return BackupSchedule(
            folder: folder, minute: hour * 60 + minute, daily: daily ?? 7, weekly: weekly ?? 4)
    }

    private static func number(_ key: String, _ reader: ConfigReader) throws(Problem) -> Int? {
        guard let text = reader.string(forKey: ConfigKey(key)) else { return nil }
        guard let number = Int(text) else {
            let name = "THROUGHLINE_" + key.uppercased().replacing(".", with: "_")
            throw wrong(name, "a number", text)
        }
        return number
    }

    private mutating func check() throws(Problem) {
        guard (1...87_600).contains(holdAfter ?? 1) else {
            throw Self.wrong("--hold-after", "hours, or 0 for never", "\(holdAfter ?? 0)")
        }
        guard (0...65_535).contains(port) else {
            throw Self.wrong("--port", "a number from 0 to 65535", "\(port)")
        }
        guard (16...1_000_000).contains(maxConnections) else {
            throw Self.wrong(
                "--max-connections", "a number from 16 to 1000000", "\(maxConnections)")
        }
        if let token = metricsToken, token.utf8.count < 16 {
            throw Problem(
                .invalid, code: "config.value",
                "THROUGHLINE_METRICS_TOKEN is shorter than 16 characters. Take a longer one, "
                    + "such as the output of `openssl rand -hex 24`.")
        }
        if let url = publicURL {
            guard let origin = WebOrigin(url) else {
                throw Self.wrong(
                    "--public-url",
                    "an address without a path, such as https://social.example (xn--… for letters "
                        + "beyond a to z)", url)
            }
            publicURL = "\(origin)"
        }
        try checkMail()
        _ = try location
    }

    private func checkMail() throws(Problem) {
        guard let smtp else { return }
        do throws(MailError) {
            _ = try MailRelay(smtp)
            _ = try MailAddress.read(mailFrom ?? "")
        } catch {
            throw Problem(
                .invalid, code: "config.value",
                error == .badAddress
                    ? "--mail-from takes the address our messages come from, such as "
                        + "posts@example.org; it is “\(mailFrom ?? "")”."
                    : "--smtp: \(error.problem.message)")
        }
    }

    /// The only places the program may reach and itself: the practice network, its own address.
    var reachWithSelf: ReachList? {
        let here = reach?.with("127.0.0.1", port)
        guard let own = publicURL.flatMap(WebOrigin.init) else { return here }
        return here?.with(own.host, own.reachedPort)
    }

    /// Whether others come in over https: then a password alone should open nothing.
    var isReachedByOthers: Bool {
        guard let own = publicURL.flatMap(WebOrigin.init) else { return false }
        return own.isSecure && !own.isLoopback
    }

    /// Where the database is.
    package var location: Database.Location {
        get throws(Problem) { try Database.Location(data: dataFolder, database: database) }
    }

    private static func wrong(_ name: String, _ wanted: String, _ got: String) -> Problem {
        Problem(.invalid, code: "config.value", "\(name) takes \(wanted); it is “\(got)”.")
    }

    /// Refuses a place where the program never ran.
    package func requireData() throws(Problem) {
        var place = dataFolder
        if case .folder = try location { place += "/throughline.sqlite" }
        guard !FileManager.default.fileExists(atPath: place) else { return }
        throw Problem(
            .notFound, code: "data.none",
            "There is no Throughline in \(dataFolder). Check --data or THROUGHLINE_DATA; "
                + "`throughline serve --data \(dataFolder)` would begin a new one.")
    }

    /// Where the secret key lies.
    package var secretKeyFile: String { keyFile ?? "\(dataFolder)/secret.key" }

    /// Every setting as `name: value`, with the password of a database address hidden.
    package var lines: [(name: String, value: String)] {
        [
            ("data", dataFolder), ("key-file", secretKeyFile),
            ("database", database.map(Self.hidingPassword) ?? "SQLite in \(dataFolder)"),
            ("host", host), ("port", "\(port)"),
            ("public-url", publicURL ?? "not set: only this machine can reach the server"),
            ("trust-proxy", "\(trustsProxy)"),
            ("strict-sign-in", "\(signInRigour == .strict)"),
            ("allow-address", allowedAddresses.joined(separator: ",")),
            (
                "only-address",
                reach?.texts.joined(separator: ",") ?? "not set: any public place may be reached"
            ),
            ("smtp", smtp.map(Self.hidingPassword) ?? "not set: nothing comes by e-mail"),
            ("mail-from", mailFrom ?? "not set"),
            (
                "virus-scanner",
                virusScanner?.description ?? "not set: pictures are not shown to a virus scanner"
            ),
            ("max-connections", "\(maxConnections)"),
            (
                "requests-per-second",
                requestRate.map { "\($0.perSecond) of one caller" } ?? "not bounded"
            ),
            ("log-level", logLevel.rawValue), ("log-format", logFormat.rawValue),
            ("metrics-token", metricsToken == nil ? "not set" : "set"),
            ("backup-folder", backups?.folder ?? "not set: no backups are made by themselves"),
            ("hold-after", holdAfter.map { "\($0) hours of silence" } ?? "never"),
            ("practice-network", servesPractice ? "on" : "off"),
            ("openid-issuer", openID?.issuer ?? "not set: people sign in with a password"),
            ("openid-client", openID?.clientID ?? ""),
            ("openid-secret", openID?.clientSecret == nil ? "not set" : "set, not shown"),
            ("openid-name", openID?.name ?? ""),
        ]
    }

    /// An address without its password, wherever in it libpq or a mail server's address takes one.
    static func hidingPassword(_ url: String) -> String {
        // Marks are bytes to whoever takes an address apart, whatever accent stands on them.
        let marks = url.unicodeScalars
        guard let start = marks.firstRange(of: "://".unicodeScalars)?.upperBound else {
            return hidingOptions(url)
        }
        // For libpq only a slash ends what a name and a password stand in.
        let ends = (url.hasPrefix("postgres") ? "/" : "/?#").unicodeScalars
        let authority = marks[start...].prefix { !ends.contains($0) }
        guard let at = authority.lastIndex(of: "@"),
            let colon = authority[..<at].firstIndex(of: ":")
        else { return hidingOptions(url) }
        // Apart, because a password may look like an option.
        return hidingOptions(String(marks[..<colon])) + ":…" + hidingOptions(String(marks[at...]))
    }

    private static func hidingOptions(_ text: String) -> String {
        text.replacing(/([?&])([^=&]*)=([^&]*)/) { match in
            let isShown = shownOptions.contains(String(match.output.2))
            return "\(match.output.1)\(match.output.2)=\(isShown ? match.output.3 : "…")"
        }
    }

    /// Options of addresses that hold no secret.
    private static let shownOptions: Set<String> = [
        "tls", "ca", "sslmode", "sslrootcert", "host", "port", "dbname", "user", "connect_timeout",
        "application_name", "target_session_attrs",
    ]
}
