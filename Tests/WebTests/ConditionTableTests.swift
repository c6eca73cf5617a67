import HTTPTypes
import Pledging
import TestSupport
import Testing

@testable import Web

/// Every operation that takes an Idempotency-Key or If-Match, one after the other: none may act
/// twice, and none may change what the caller has not seen.
@Suite struct ConditionTableTests {
    private static let creating = OperationTable.all.filter(\.isCreating).map(\.name)
    private static let changing = OperationTable.all.filter(\.isChanging).map(\.name)
    private static let key = ["Idempotency-Key": "k-1"]

    private func operation(_ name: String) throws -> Operation {
        try #require(OperationTable.all.first { $0.name == name })
    }

    /// A furnished book, to which the operation's example can be sent.
    private func prepared(_ operation: Operation, runsTwice: Bool) async throws -> Furnished {
        let furnished = try await Furnished(runsWritesTwice: runsTwice)
        try await furnished.prepare(operation)
        return furnished
    }

    @Test func `whatever creates or changes something has an example`() {
        let known = Set(ExampleRequest.all.keys)
        #expect(known.isSubset(of: OperationTable.all.map(\.name)))
        #expect(
            Set(Self.creating + Self.changing).subtracting(known).isEmpty,
            "add an example request, which is tried below")
        let withOther = ExampleRequest.all.filter { $0.value.other != nil }.keys
        #expect(
            Set(withOther) == Set(Self.creating),
            "an operation that takes a key needs other content, which the key refuses")
    }

    // MARK: Idempotency-Key

    @Test(arguments: creating, [false, true])
    func `under one key it is done once, and answered with the same bytes`(
        name: String, runsTwice: Bool
    ) async throws {
        let operation = try operation(name)
        let furnished = try await prepared(operation, runsTwice: runsTwice)
        let before = try await furnished.content()
        let first = try await furnished.ask(operation, headers: Self.key)
        #expect(first.status == 201, "\(first.text)")
        #expect(first.header("Idempotent-Replayed") == nil)
        let after = try await furnished.content()
        #expect(after != before)
        furnished.served.test.now = furnished.served.test.now.adding(days: 2)
        let second = try await furnished.ask(operation, headers: Self.key)
        #expect(second.status == first.status && second.text == first.text, "\(second.text)")
        #expect(second.header("Idempotent-Replayed") == "true")
        #expect(second.headers[.eTag] == first.headers[.eTag])
        #expect(second.headers[.location] == first.headers[.location])
        #expect(try await furnished.content() == after)
    }

    @Test(arguments: creating, [false, true])
    func `other content under the same key is refused`(
        name: String, runsTwice: Bool
    ) async throws {
        let operation = try operation(name)
        let furnished = try await prepared(operation, runsTwice: runsTwice)
        _ = try await furnished.ask(operation, headers: Self.key)
        let after = try await furnished.content()
        let other = try await furnished.ask(
            operation, furnished.other(operation), headers: Self.key)
        #expect(other.status == 409, "\(other.text)")
        #expect(try other.member("code") == "conflict")
        #expect(try other.member("field") == "idempotency-key")
        #expect(try await furnished.content() == after)
    }

    /// Shows that such a request is refused for its key, not for its content.
    @Test(arguments: creating)
    func `other content under another key is answered`(name: String) async throws {
        let operation = try operation(name)
        let furnished = try await prepared(operation, runsTwice: false)
        let other = try await furnished.ask(
            operation, furnished.other(operation), headers: Self.key)
        #expect(other.status == 201, "\(other.text)")
    }

    // MARK: If-Match

    @Test(arguments: changing, [false, true])
    func `a version other than the present one is refused, and nothing is done`(
        name: String, runsTwice: Bool
    ) async throws {
        let operation = try operation(name)
        let furnished = try await prepared(operation, runsTwice: runsTwice)
        let before = try await furnished.content()
        let version = try await furnished.version(operation)
        for other in [version - 1, version + 1] {
            let refused = try await furnished.ask(
                operation, headers: ["If-Match": "\"\(other)\""])
            #expect(refused.status == 412, "\(refused.text)")
            #expect(try refused.member("code") == "version_mismatch")
        }
        #expect(try await furnished.content() == before)
        let made = try await furnished.ask(operation, headers: ["If-Match": "\"\(version)\""])
        #expect(made.status == operation.status.code, "\(made.text)")
        #expect(try await furnished.content() != before)
    }

    /// The caller's own first call has changed what they saw.
    @Test(arguments: OperationTable.all.filter { $0.isCreating && $0.isChanging }.map(\.name))
    func `a key that was answered is answered again, whatever the version is by now`(
        name: String
    ) async throws {
        let operation = try operation(name)
        let furnished = try await prepared(operation, runsTwice: false)
        let version = try await furnished.version(operation)
        let late = Self.key.merging(["If-Match": "\"\(version + 1)\""]) { $1 }
        let refused = try await furnished.ask(operation, headers: late)
        #expect(refused.status == 412, "\(refused.text)")
        // A refusal is not kept under the key.
        let seen = Self.key.merging(["If-Match": "\"\(version)\""]) { $1 }
        let first = try await furnished.ask(operation, headers: seen)
        #expect(first.status == 201, "\(first.text)")
        let second = try await furnished.ask(operation, headers: seen)
        #expect(second.status == 201 && second.text == first.text, "\(second.text)")
        #expect(second.header("Idempotent-Replayed") == "true")
    }
}
