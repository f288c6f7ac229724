import Kernel
import Testing

struct WebOriginTests {
    @Test(arguments: [
        ("https://social.example", "https://social.example"),
        (" HTTPS://Social.Example// \n", "https://social.example"),
        ("https://social.example:443", "https://social.example"),
        ("http://social.example:443", "http://social.example:443"),
        ("http://192.168.1.5:8080/", "http://192.168.1.5:8080"),
        ("https://social.example.:8443", "https://social.example:8443"),
        ("http://localhost:80", "http://localhost"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://[::1]", "https://[::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("http://my_app-1.internal", "http://my_app-1.internal"),
    ]) func `reads the address of a whole server`(written: String, read: String) throws {
        let origin = try #require(WebOrigin(written))
        #expect("\(origin)" == read)
        #expect(WebOrigin("\(origin)") == origin)
    }

    @Test(arguments: [
        "", "https://", "https:///", "social.example", "ftp://social.example",
        "https://social.example/path", "https://social.example?x", "https://social.example#x",
        "https://ana@social.example", "https://ana:tulip@social.example",
        "https://social.example:", "https://social.example:0", "https://social.example:65536",
        "https://social.example:+80", "https://social.example:８０", "https://social..example",
        "https://.example", "https://social.example..", "https://.", "https://-social.example",
        "https://bücher.example", "https://so%63ial.example", "https://so cial.example",
        "https://sbase=tgal.eop\u{9a}nid_ipostgres://", "https://127.1", "https://0x7f000001",
        "https://256.1.1.1", "https://[::1", "https://[::1]x", "https://[127.0.0.1]",
        "https://social\u{301}.example", "https://social.example\u{0}",
        "https://\(String(repeating: "a", count: 64)).example",
        "https://\(String(repeating: "a.", count: 130))example",
    ]) func `refuses what is more, or what no host can be called`(written: String) {
        #expect(WebOrigin(written) == nil)
    }
}
