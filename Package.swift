// swift-tools-version: 6.2
import PackageDescription

// The module map. Each target names every module it imports; TidyTests compares this list with
// the imports in the sources, so an undeclared dependency fails the tests.
// docs/architecture.md explains the layers.

/// Netlib's LAPACK and BLAS, linked statically: others choose kernels by processor, so that the same
/// seed would give other bits elsewhere.
#if arch(arm64)
    let machine = "aarch64-linux-gnu"
#else
    let machine = "x86_64-linux-gnu"
#endif
let netlib = [
    "-L/usr/lib/\(machine)/lapack", "-L/usr/lib/\(machine)/blas", "-L/usr/lib/gcc/\(machine)/12",
    "-Xlinker", "-l:liblapack.a", "-Xlinker", "-l:libblas.a", "-Xlinker", "-l:libgfortran.a",
    "-Xlinker", "-l:libquadmath.a",
]

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Optimised in debug builds too: unoptimised, a mix model of seconds takes minutes.
let computing: [SwiftSetting] = [
    .unsafeFlags(["-O"], .when(configuration: .debug))
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// A module with pages: its Mustache templates are embedded through CAssets, not compiled.
func pages(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    module(name, ["Kernel", "Store", "People", "Web"] + dependencies, exclude: ["Templates"])
}

func tests(_ subject: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(subject)Tests",
        dependencies: [.byName(name: subject), "TestSupport"]
            + (subject == "Kernel" ? [] : ["Kernel"]) + dependencies,
        swiftSettings: settings)
}

extension Target.Dependency {
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let grdbSQLite = product(name: "GRDBSQLite", package: "GRDB.swift")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTesting = product(name: "HummingbirdTesting", package: "hummingbird")
    static let mustache = product(name: "Mustache", package: "swift-mustache")
    static let httpClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let arguments = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let signals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let configuration = product(name: "Configuration", package: "swift-configuration")
    static let yams = product(name: "Yams", package: "Yams")
    static let nio = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
}

let package = Package(
    name: "throughline",
    products: [
        .executable(name: "throughline", targets: ["throughline"])
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    ],
    targets: [
        // Floors: no product decisions.
        module("Kernel"),
        .systemLibrary(
            name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(
            name: "CQRCode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        module("Store", ["Kernel", "CPostgres", .grdb, .grdbSQLite]),
        module("Jobs", ["Kernel", "Store", .lifecycle, .logging, .crypto]),
        module("Nodes", ["Kernel", "Store"]),
        module("Networks", ["Kernel"]),
        .target(name: "CAssets", publicHeadersPath: "include"),
        .systemLibrary(name: "CLAPACK", providers: [.apt(["liblapack-dev", "libblas-dev"])]),
        .systemLibrary(name: "CNLopt", pkgConfig: "nlopt", providers: [.apt(["libnlopt-dev"])]),
        // Numerics: pure, without a database.
        .target(
            name: "Statistics", dependencies: ["CLAPACK", "CNLopt"],
            swiftSettings: settings + computing,
            linkerSettings: [.unsafeFlags(netlib)]),

        module(
            "Safekeeping", ["Kernel", "Store", "CZlib", .crypto, .cryptoExtras]),

        // Slices: the domain. People and Channels are the two that every other may name.
        module("People", ["Kernel", "Store", "Jobs", .crypto, .cryptoExtras]),
        module("Channels", ["Kernel", "Store", "Jobs", "Networks", "People", .crypto]),
        module("Links", ["Kernel", "Store", "Jobs", "People"]),
        module("Strategy", ["Kernel", "Store", "Jobs", "Networks", "People", "Channels"]),
        module(
            "Planning",
            ["Kernel", "Store", "Jobs", "Networks", "People", "Channels", "Strategy", "Links"]),
        module(
            "Publishing",
            [
                "Kernel", "Store", "Jobs", "Networks", "People", "Channels", "Strategy",
                "Planning", "Links", .crypto, .logging,
            ]),
        module(
            "Engagement", ["Kernel", "Store", "Jobs", "Networks", "People", "Channels", .logging]),
        module(
            "Measurement",
            [
                "Kernel", "Store", "Jobs", "Networks", "People", "Channels", "Strategy",
                "Planning", "Links", "Publishing", .crypto, .logging,
            ]),
        module(
            "Reviews",
            [
                "Kernel", "Store", "Jobs", "Networks", "People", "Channels", "Strategy",
                "Planning", "Publishing", "Measurement",
            ]),

        module(
            "Notices",
            [
                "Kernel", "Store", "Jobs", "Networks", "People", "Channels", "Publishing", .crypto,
            ]),
        module("Privacy", ["Kernel", "Store", "Jobs", "People"]),
        module("Telemetry", ["Kernel", .metrics]),

        // Edges: HTTP in, HTTP out, files, processes.
        module(
            "Outbound",
            ["Kernel", .httpClient, .nio, .nioPosix, .nioHTTP1, .nioSSL, .logging]),
        module("NetworksLive", ["Kernel", "Networks", "Outbound", .crypto]),
        module(
            "PracticeNetwork",
            [
                "Kernel", "Store", "People", "Web", "Networks", .crypto, .nio, .nioHTTPTypes,
                .httpTypes,
            ], exclude: ["Templates"]),
        module(
            "Web",
            [
                "Kernel", "Store", "People", "CAssets", "CQRCode", "CZlib", .hummingbird,
                .hummingbirdCore, .mustache, .httpTypes, .nio, .nioHTTP1, .nioHTTPTypes, .logging,
                .crypto, .lifecycle, .metrics,
            ], exclude: ["Templates"]),
        pages("WebPeople", ["Jobs", "Networks", "Channels"]),
        pages("WebStrategy", ["Jobs", "Channels", "Networks", "Strategy"]),
        pages("WebPlanning", ["Jobs", "Channels", "Networks", "Strategy", "Planning"]),
        pages(
            "WebPublishing",
            [
                "Jobs", "Channels", "Networks", "Strategy", "Planning", "Links", "Publishing",
                "Engagement",
            ]),
        pages(
            "WebMeasurement",
            [
                "Channels", "Strategy", "Planning", "Links", "Publishing", "Measurement", .nio,
                .nioHTTPTypes, .httpTypes, .hummingbird, .hummingbirdCore,
            ]),
        pages("WebSafekeeping", ["Safekeeping"]),
        pages("WebPrivacy", ["Privacy"]),
        pages(
            "WebReviews",
            [
                "Jobs", "Channels", "Networks", "Strategy", "Planning", "Publishing",
                "Measurement", "Reviews",
            ]),

        pages("WebNotices", ["Jobs", "Notices"]),
        pages("WebOperations", ["Jobs"]),

        // The demo workspace, the command line and the composition root.
        module(
            "Demo",
            [
                "Kernel", "Store", "Jobs", "Networks", "People", "Channels", "Strategy",
                "Planning", "Links", "Publishing", "Engagement", "Measurement", "Reviews",
            ]),
        module(
            "App",
            [
                "Kernel", "Store", "Jobs", "Nodes", "Networks", "People", "Channels", "Strategy",
                "Planning", "Links", "Publishing", "Engagement", "Measurement", "Reviews",
                "Notices", "Outbound", "NetworksLive", "PracticeNetwork", "Safekeeping", "Web",
                "WebPeople", "WebStrategy", "WebPlanning", "WebPublishing", "WebMeasurement",
                "WebReviews", "WebNotices", "WebOperations", "WebSafekeeping", "Privacy",
                "WebPrivacy", "Telemetry", "Demo", "CMalloc", .hummingbird, .lifecycle, .signals,
                .logging, .metrics, .configuration, .crypto,
                .nio, .nioPosix,
            ]),
        module(
            "Chaos",
            [
                "Kernel", "Networks", "People", "Channels", "Publishing", "PracticeNetwork", "App",
                .logging,
            ]),
        module("Terminal", ["Kernel", .arguments]),
        // What analysts ask of files: no server, no database.
        module("Analysis", ["Kernel", "Statistics", .crypto, .yams]),
        module("CLIAnalysis", ["Kernel", "Statistics", "Analysis", "Terminal", .arguments]),
        module(
            "CLI",
            [
                "Kernel", "Store", "Jobs", "People", "Safekeeping", "Privacy", "App", "Demo",
                "Chaos", "Terminal", "CLIAnalysis", .arguments, .logging,
            ]),
        .executableTarget(
            name: "throughline", dependencies: ["CLI"], swiftSettings: settings),

        // Tests
        .target(
            name: "TestSupport", dependencies: ["Kernel", "Store", "Jobs", "People"],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests("Kernel"),
        .testTarget(
            name: "StatisticsTests", dependencies: ["Statistics"], swiftSettings: settings),
        .testTarget(
            name: "AnalysisTests", dependencies: ["Kernel", "Statistics", "Analysis"],
            swiftSettings: settings),
        tests("Store"),
        tests("Jobs", ["Store", .logging]),
        tests("Nodes", ["Store"]),
        tests("Safekeeping", ["Store", .crypto]),
        tests("Networks"),
        tests("People", ["Store", "Jobs", .crypto, .cryptoExtras]),
        tests("Channels", ["Store", "Jobs", "Networks", "People", .logging]),
        tests("Links", ["Store", "Jobs", "People", .logging]),
        tests("Strategy", ["Store", "Jobs", "Networks", "People", "Channels"]),
        tests(
            "Planning", ["Store", "Jobs", "Networks", "People", "Channels", "Strategy", "Links"]),
        tests(
            "Publishing",
            [
                "Store", "Jobs", "Networks", "People", "Channels", "Strategy", "Planning", "Links",
                .logging,
            ]),
        tests("Engagement", ["Store", "Jobs", "Networks", "People", "Channels", .logging]),
        tests(
            "Measurement",
            [
                "Store", "Jobs", "Networks", "People", "Channels", "Strategy", "Planning",
                "Links", "Publishing", .logging,
            ]),
        tests(
            "Reviews",
            [
                "Store", "Jobs", "Networks", "People", "Channels", "Strategy", "Planning",
                "Links", "Publishing", "Measurement",
            ]),
        tests(
            "Demo",
            [
                "Store", "Jobs", "People", "Channels", "Links", "Strategy", "Planning",
                "Publishing", "Engagement", "Measurement", "Reviews",
            ]),
        tests(
            "Notices",
            [
                "Store", "Jobs", "Networks", "People", "Channels", "Strategy", "Planning", "Links",
                "Publishing", .logging,
            ]),
        tests("Outbound", [.hummingbird, .nio, .nioPosix, .nioSSL, .httpTypes, .logging]),
        tests("NetworksLive", ["Networks", "Outbound", .hummingbird, .httpTypes, .logging]),
        tests("PracticeNetwork", ["Store", "People"]),
        tests("Web", ["Store", "People", .hummingbird, .hummingbirdTesting, .httpTypes, .logging]),
        tests("WebOperations", ["Jobs"]),
        tests("Telemetry", [.metrics]),
        tests("Chaos"),
        tests(
            "App",
            [
                "Store", "Nodes", "Jobs", "Networks", "People", "Channels", "Planning",
                "Publishing", "Measurement", "Privacy", "Reviews", "Outbound", "Web", "Telemetry",
                "Demo", .hummingbird, .hummingbirdTesting, .httpTypes, .nio, .logging,
            ]),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "Kernel", "Store", "Networks", "Links", "People", "Notices", "Publishing",
                "Measurement", "Outbound", "NetworksLive", "PracticeNetwork", "Safekeeping",
                "Telemetry", "Web", "App", .crypto, .nio, .logging,
            ],
            // The first is compiled by Scripts/fuzz only.
            exclude: ["LibFuzzer.swift", "Corpus"], swiftSettings: settings),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)
