import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RevokeTokenTests {
    @Test func `a revoked one lets nobody in, and stays listed`() async throws {
        let test = try await TestBook()
        let created = try await test.createToken()
        let revoked = try await RevokeToken.run(created.token.id, in: test.context())
        #expect(revoked.revokedAt == test.now)
        test.now = test.now.adding(days: 1)
        let again = try await RevokeToken.run(created.token.id, in: test.context())
        #expect(again.revokedAt == revoked.revokedAt)
        #expect(try await AuthenticateToken.run(created.secret, in: test.context()) == nil)
        #expect(try await BrowseBook.tokens(in: test.context()) == [revoked])
    }

    @Test func `a token that is not there is named`() async throws {
        let test = try await TestBook()
        let id = ID<APIToken>(bits: 1)
        let message = await expectRefusal(.notFound) {
            try await RevokeToken.run(id, in: test.context())
        }
        #expect(message == "there is no token \(id)")
    }
}
