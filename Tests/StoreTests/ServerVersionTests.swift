import Kernel
import Testing

@testable import Store

@Suite struct ServerVersionTests {
    @Test(arguments: [(90_624, "9.6"), (130_014, "13"), (140_011, "14"), (149_999, "14")])
    func `refuses an older PostgreSQL with its version and what to do`(
        number: Int, version: String
    ) throws {
        let refusal = try #require(PostgresConnection.refusal(ofServer: Int32(number)))
        #expect(refusal.problem.message.contains("version \(version),"))
        #expect(refusal.problem.message.contains("15 or later"))
    }

    @Test(arguments: [150_000, 150_018, 160_002, 180_000])
    func `takes 15 and later`(number: Int) {
        #expect(PostgresConnection.refusal(ofServer: Int32(number)) == nil)
    }
}
