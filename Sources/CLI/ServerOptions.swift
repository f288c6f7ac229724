import App
import ArgumentParser
import Foundation
import Kernel

/// Options that every command with a database takes.
struct ServerOptions: ParsableArguments {
    @Option(name: .customLong("data"), help: "The folder of the database, media and keys.")
    var dataFolder: String?

    @Option(
        name: .customLong("key-file"),
        help: """
            A file with the secret key that a vault or the service manager keeps; only read. Left \
            out: secret.key in the data folder, made at the first start.
            """)
    var keyFile: String?

    @Option(help: "A postgres:// address to use instead of SQLite in the data folder.")
    var database: String?

    @Option(help: "The address to listen on (127.0.0.1).")
    var host: String?

    @Option(help: "The port to listen on (8080).")
    var port: Int?

    @Option(
        name: .customLong("public-url"),
        help: "How the world reaches this server, such as https://social.example.")
    var publicURL: String?

    @Flag(
        name: .customLong("trust-proxy"),
        help: "Take visitors' addresses from X-Forwarded-For, set by a proxy in front.")
    var trustsProxy = false

    @Flag(
        name: .customLong("strict-sign-in"),
        help: """
            A code of an app counts in its own half minute only, and ID tokens under RSA keys below \
            3072 bits are refused (ASVS to the letter).
            """)
    var signsInStrictly = false

    @Option(
        name: .customLong("allow-address"),
        help: "A host[:port] in a private network that connectors may reach. Repeatable.")
    var allowedAddresses: [String] = []

    @Option(
        name: .customLong("only-address"),
        help: "A host[:port], or *.host, that may be reached; with it nothing else. Repeatable.")
    var onlyAddresses: [String] = []

    @Option(
        help: """
            The mail server, such as smtps://name:password@mail.example or smtp://localhost:25. \
            Better set as THROUGHLINE_SMTP: options can be seen by others on this machine.
            """)
    var smtp: String?

    @Option(name: .customLong("mail-from"), help: "The address that messages come from.")
    var mailFrom: String?

    @Option(
        name: .customLong("virus-scanner"),
        help: """
            A clamd that looks at each picture first: unix:/run/clamav/clamd.ctl or \
            tcp://scanner.internal:3310. Left out: none does.
            """)
    var virusScanner: String?

    @Option(name: .customLong("log-level"), help: "debug, info, notice, warning or error.")
    var logLevel: String?

    @Option(
        name: .customLong("log-format"), help: "text for people, json for a log collector (text).")
    var logFormat: String?

    @Option(
        name: .customLong("max-connections"), help: "Connections at the same time (4096).")
    var maxConnections: Int?

    @Option(
        name: .customLong("requests-per-second"),
        help: "API requests and changes of one caller, a minute's worth at once (50; 0: no bound).")
    var requestsPerSecond: Int?

    @Option(
        name: .customLong("hold-after"),
        help:
            "Hours without running after which a person is asked before posts leave (72; 0: never)."
    )
    var holdAfter: Int?

    @Option(
        name: .customLong("backup-folder"),
        help: "Where `serve` puts a backup each night; left out: none is made by itself.")
    var backupFolder: String?

    @Option(name: .customLong("backup-at"), help: "When it is made, in UTC (03:00).")
    var backupAt: String?

    @Option(name: .customLong("backup-daily"), help: "Days of which a backup is kept (7).")
    var backupDaily: Int?

    @Option(name: .customLong("backup-weekly"), help: "Weeks of which a backup is kept (4).")
    var backupWeekly: Int?

    @Option(
        name: .customLong("practice-network"),
        help: "on, or off to leave out the small network for trying things out (on).")
    var practiceNetwork: String?

    @Option(
        name: .customLong("openid-issuer"),
        help: "A server at which people sign in (OpenID Connect), such as https://id.example.")
    var openIDIssuer: String?

    @Option(
        name: .customLong("openid-client"),
        help: "The name it knows us by. Its secret comes from THROUGHLINE_OPENID_SECRET only.")
    var openIDClient: String?

    @Option(
        name: .customLong("openid-name"), help: "What the button says: “Sign in with …”.")
    var openIDName: String?

    @Flag(help: "Answer in JSON; problems too, on standard error.")
    var json = false

    func settings() throws(Problem) -> ServerSettings {
        try ServerSettings(
            .init(
                dataFolder: dataFolder, keyFile: keyFile, database: database, host: host,
                port: port,
                publicURL: publicURL, trustsProxy: trustsProxy ? true : nil,
                signsInStrictly: signsInStrictly ? true : nil,
                allowedAddresses: allowedAddresses, onlyAddresses: onlyAddresses, smtp: smtp,
                mailFrom: mailFrom, virusScanner: virusScanner,
                logLevel: logLevel, logFormat: logFormat, maxConnections: maxConnections,
                requestsPerSecond: requestsPerSecond, holdAfter: holdAfter,
                backups: .init(
                    folder: backupFolder, at: backupAt, daily: backupDaily, weekly: backupWeekly),
                practiceNetwork: practiceNetwork,
                openIDIssuer: openIDIssuer, openIDClient: openIDClient, openIDName: openIDName),
            environment: ProcessInfo.processInfo.environment)
    }
}
