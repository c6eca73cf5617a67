import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct CreateTokenTests {
    @Test func `neither its secret nor its name stands in the book`() async throws {
        let test = try await TestBook()
        let created = try await test.createToken()
        let bytes = try test.fileBytes()
        for text in ["Anna", String(created.secret.suffix(64)), created.secret] {
            #expect(!bytes.contains(text))
        }
    }

    @Test(arguments: [[], ["pledges"], ["pledges:read", "everything"], ["*"]])
    func `unknown scopes are refused, and the known ones listed`(
        _ scopes: [String]
    ) async throws {
        let test = try await TestBook()
        let message = await expectRefusal(.invalid, field: .scopes) {
            try await test.createToken(scopes: scopes)
        }
        #expect(scopes.isEmpty || message.contains("pledges:write"))
        #expect(try await BrowseBook.tokens(in: test.context()).isEmpty)
    }

    @Test(arguments: [0, -1, 3_651]) func `days out of limits are refused`(
        _ days: Int
    ) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .days) { try await test.createToken(days: days) }
    }
}
