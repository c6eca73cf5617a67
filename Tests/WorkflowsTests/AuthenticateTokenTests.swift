import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct AuthenticateTokenTests {
    @Test func `a token allows what its scopes say`() async throws {
        let test = try await TestBook()
        let created = try await test.createToken(scopes: ["reports:read", "pledges:write"])
        let token = try #require(
            try await AuthenticateToken.run(created.secret, in: test.context()))
        #expect(token.id == created.token.id && token.name == "website of Anna")
        #expect(token.scopes == [.pledgesWrite, .reportsRead])
        #expect(token.expiresAt == test.now.adding(days: 30))
    }

    @Test func `a wrong secret, id or form is refused`() async throws {
        let test = try await TestBook()
        let secret = try await test.createToken().secret
        let other = try await test.createToken().secret
        let swapped = secret.prefix(31) + other.dropFirst(31)
        let last = secret.hasSuffix("0") ? "1" : "0"
        for text in [
            "", "mst", "mst__", String(swapped), secret.dropLast() + last, secret + "0",
            secret.dropLast(2).description, "mst_\(String(repeating: "z", count: 26))_00",
            "x" + secret, secret.replacing("_", with: "."), secret.dropLast(2) + "+f",
            String(repeating: "mst_", count: 10_000),
        ] {
            #expect(try await AuthenticateToken.run(text, in: test.context()) == nil, "\(text)")
        }
        #expect(try await AuthenticateToken.run(secret, in: test.context()) != nil)
    }

    @Test func `a token works until it expires`() async throws {
        let test = try await TestBook()
        let created = try await test.createToken(days: 1)
        test.now = created.token.expiresAt.adding(milliseconds: -1)
        #expect(try await AuthenticateToken.run(created.secret, in: test.context()) != nil)
        test.now = created.token.expiresAt
        #expect(try await AuthenticateToken.run(created.secret, in: test.context()) == nil)
    }

    @Test func `revocation takes effect within the second that a token is cached`() async throws {
        let test = try await TestBook()
        let known = KnownTokens(uptime: { .milliseconds(test.now.milliseconds) })
        let (secret, id) = try await { ($0.secret, $0.token.id) }(test.createToken())
        let other = try await test.createToken().secret
        func lets(_ text: String) async throws -> Bool {
            try await AuthenticateToken.run(text, remembering: known, in: test.context()) != nil
        }
        #expect(try await lets(secret))
        _ = try await RevokeToken.run(id, in: test.context())
        test.now = test.now.adding(milliseconds: 999)
        #expect(try await lets(secret))
        // The secret of another token is refused under this id.
        #expect(try await !lets(String(secret.prefix(31) + other.dropFirst(31))))
        test.now = test.now.adding(milliseconds: 1)
        #expect(try await !lets(secret))
    }

    @Test func `a cached token also ends when it expires`() async throws {
        let test = try await TestBook()
        let known = KnownTokens(uptime: { .zero })
        let created = try await test.createToken(days: 1)
        test.now = created.token.expiresAt.adding(milliseconds: -1)
        let before = try await AuthenticateToken.run(
            created.secret, remembering: known, in: test.context())
        #expect(before != nil)
        test.now = created.token.expiresAt
        let after = try await AuthenticateToken.run(
            created.secret, remembering: known, in: test.context())
        #expect(after == nil)
    }

    @Test func `the day on which it was used last is kept`() async throws {
        let test = try await TestBook()
        let created = try await test.createToken()
        for day in ["2026-11-22", "2026-11-24"] {
            try test.moveClock(to: "\(day)T12:00:00Z")
            _ = try await AuthenticateToken.run(created.secret, in: test.context())
            let token = try #require(try await BrowseBook.tokens(in: test.context()).first)
            #expect(token.lastUsedOn == CivilDate(day))
        }
    }
}
