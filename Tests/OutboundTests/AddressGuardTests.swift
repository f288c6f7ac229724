import Testing

@testable import Outbound

@Suite struct AddressGuardTests {
    @Test(arguments: [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.255.255.255",
        "169.254.169.254", "172.31.255.255", "192.0.0.170", "192.88.99.1", "192.168.0.1",
        "192.175.48.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "255.255.255.255", "::1", "::",
        "::ffff:169.254.169.254", "::ffff:93.184.216.34", "::192.168.1.1",
        "::ffff:0:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::a00:5", "64:ff9b:1::808:808",
        "2002:a9fe:a9fe::", "2001::1", "2001:db8::1", "2001:2::1", "fd00:ec2::254", "fe80::1",
        "ff02::1", "fec0::1", "100::1",
    ])
    func `refuses what is not public`(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic == false)
    }

    @Test(arguments: [
        "93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "172.32.0.1",
    ])
    func `lets public addresses pass`(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }

    @Test(arguments: [
        "http://127.1/", "https://127.1/", "https://0x7f000001/", "https://2130706433/",
        "https://017700000001/", "https://0/", "https://localhost/", "https://localhost./",
        "https://LOCALHOST/", "https://foo.localhost/", "https://①②⑦.⓪.⓪.①/",
        "https://127。0。0。1/", "https://user@example.com/", "https://example.com@127.0.0.1/",
        "https://example.com\\@127.0.0.1/", "https://metadata.google.internal/",
        "file:///etc/passwd", "gopher://127.0.0.1:6379/_", "ftp://10.0.0.1/",
        "https://[fe80::1%25eth0]/", "https://example.com:22/", "https://example.com:6379/",
        "http://example.com/", "https:///x", "https://exa mple.com/", "",
    ])
    func `refuses addresses by their form`(address: String) {
        #expect(throws: OutboundError.self) { try AddressGuard().target(address) }
    }

    @Test(arguments: ["https://127.0.0.1/", "https://[::]/", "https://[::ffff:7f00:1]/"])
    func `refuses private literals when they are resolved`(address: String) throws {
        let target = try AddressGuard().target(address)
        #expect(throws: OutboundError.refusedAddress(target.host)) {
            try AddressGuard().check(IPAddress.resolve(target.host), of: target)
        }
    }

    @Test func `one private address spoils a name`() throws {
        let target = try AddressGuard().target("https://multi.test/")
        let addresses = try ["8.8.8.8", "10.0.0.1"].map { try #require(IPAddress($0)) }
        #expect(throws: OutboundError.refusedAddress("multi.test")) {
            try AddressGuard().check(addresses, of: target)
        }
    }

    @Test func `the operator can allow a private server by host and port`() throws {
        let guardian = AddressGuard(allow: ["127.0.0.1:8125"])
        let target = try guardian.target("http://127.0.0.1:8125/xrpc?x=1")
        try guardian.check(IPAddress.resolve("127.0.0.1"), of: target)
        #expect(target.url == "http://127.0.0.1:8125/xrpc?x=1")
        #expect(throws: OutboundError.self) { try guardian.target("http://127.0.0.1:8126/") }
    }

    @Test func `keeps path and query as they are`() throws {
        let target = try AddressGuard().target("https://Example.com/a%2Fb?c=d%20e#f")
        #expect(target.url == "https://example.com/a%2Fb?c=d%20e")
    }
}
