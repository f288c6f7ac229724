import NIOSSL
import Testing

@testable import Outbound

@Suite struct EncryptionTests {
    @Test func `offers TLS 1.2 and 1.3 only`() {
        let configuration = OutboundClient.encryption
        #expect(configuration.minimumTLSVersion == .tlsv12)
        #expect(configuration.maximumTLSVersion == nil)
        #expect(configuration.certificateVerification == .fullVerification)
        #expect(configuration.trustRoots == .default || configuration.trustRoots == nil)
    }
}
