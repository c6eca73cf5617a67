import Testing
import Webhooks

@Suite struct WebhookTargetTests {
    @Test(arguments: [
        ("https://example.org/hooks", "example.org"), ("https://EXAMPLE.org:8443", "EXAMPLE.org"),
        ("https://[2001:db8::1]/x?y=z", "2001:db8::1"), ("https://192.0.2.1/", "192.0.2.1"),
        ("https://user:word@example.org/", "example.org"),
        ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai"),
    ])
    func `a web address has a host`(url: String, host: String) throws {
        #expect(try WebhookTarget(url, allowsHTTP: false).host == host)
    }

    @Test(arguments: [
        "", "example.org", "https://", "ftp://example.org/", "file:///etc/passwd",
        "https:///hooks", "javascript:alert(1)", "https://exa mple.org/", "https://e.org/\r\nx",
        "https://e.org/" + String(repeating: "x", count: 2_048), "//example.org/",
    ])
    func `a malformed web address is refused`(url: String) {
        #expect(throws: WebhookTarget.Problem.self) {
            try WebhookTarget(url, allowsHTTP: true)
        }
    }

    @Test func `http is taken where it is allowed, and the refusal says how`() throws {
        _ = try WebhookTarget("http://example.org/", allowsHTTP: true)
        let problem = #expect(throws: WebhookTarget.Problem.self) {
            try WebhookTarget("http://example.org/", allowsHTTP: false)
        }
        #expect(problem?.description.contains("--allow-http") == true)
    }
}
