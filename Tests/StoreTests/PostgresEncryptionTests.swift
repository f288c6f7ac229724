import Testing

@testable import Store

@Suite struct PostgresEncryptionTests {
    private func mode(_ address: String, _ beside: [String: String] = [:]) -> String? {
        PostgresEncryption.impliedMode(of: address, beside: beside)
    }

    @Test(arguments: [
        "postgres://throughline@db.example/throughline", "postgres://10.0.0.7/t",
        "postgresql://ana:tulip@db:5433/t?connect_timeout=3", "postgres://[2001:db8::1]/t",
        "postgres://localhost,db.example/t", "postgres:///t?host=db.example",
        "postgres://127.0.0.1.example/t", "postgres://localhost.example/t",
        "postgres://localhost/t?hostaddr=10.0.0.7", "postgres://0.0.0.0/t",
        "postgres://a,b/t?hostaddr=127.0.0.1,", "postgres://127.1/t",
    ])
    func `asks for encryption where the line leaves the machine`(address: String) {
        #expect(mode(address) == "require")
    }

    @Test(arguments: [
        "postgres:///t", "postgres://localhost/t", "postgres://LOCALHOST:5433/t",
        "postgres://127.0.0.1/t", "postgres://127.9.9.9:5433/t", "postgres://[::1]/t",
        "postgres:///t?host=/var/run/postgresql", "postgres://%2Frun%2Fpostgresql/t",
        "postgres://db.example/t?hostaddr=127.0.0.1", "postgres:///t?host=@socket",
    ])
    func `leaves what stays on the machine alone`(address: String) {
        #expect(mode(address) == nil)
    }

    @Test(arguments: ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"])
    func `lets the operator say otherwise`(said: String) {
        #expect(mode("postgres://db.example/t?sslmode=\(said)") == nil)
        #expect(mode("postgres://db.example/t", ["sslmode": said]) == nil)
    }

    @Test func `looks where libpq looks`() {
        #expect(mode("postgres:///t", ["host": "db.example"]) == "require")
        #expect(mode("postgres://localhost/t", ["hostaddr": "10.0.0.7"]) == "require")
        #expect(mode("postgres://localhost/t", ["host": "db.example"]) == nil)
        #expect(mode("postgres:///t?service=main") == nil)
    }

    @Test func `lets a service speak for itself only where it says where to`() {
        let service = ["service": "main", "host": "10.0.0.7"]
        #expect(mode("postgres:///t", service) == nil)
        #expect(mode("postgres://db.example/t?service=main", service) == nil)
        #expect(mode("postgres://db.example/t", service) == "require")
        #expect(mode("postgres:///t?hostaddr=10.0.0.8", service) == "require")
        // Its mode counts beside the address's host, and must not be lowered.
        #expect(
            mode("postgres://db.example/t", service.merging(["sslmode": "verify-full"]) { $1 })
                == nil)
    }

    @Test func `hears what the environment says, and not what libpq would do by itself`() {
        // The tests run without PGSSLMODE; libpq's own default is no word of the operator.
        #expect(PostgresEncryption.said(in: [:])["sslmode"] == nil)
        #expect(PostgresEncryption.said(in: [:])["port"] == nil)
        #expect(PostgresEncryption.said(in: ["PGSSLMODE": "prefer"])["sslmode"] == "prefer")
    }

    @Test func `says what to do about a server that does not encrypt`() throws {
        let reason = "server does not support SSL, but SSL was required"
        let advice = try #require(PostgresEncryption.advice(on: reason, implied: "require"))
        #expect(advice.contains("?sslmode=verify-full") && advice.contains("?sslmode=disable"))
        #expect(PostgresEncryption.advice(on: reason, implied: nil) == nil)
        #expect(PostgresEncryption.advice(on: "no route to host", implied: "require") == nil)
    }
}
