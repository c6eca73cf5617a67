import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct SetNewsroomTests {
    private func set(
        _ changes: SetNewsroom.Changes, in test: TestBook
    ) async throws -> Newsroom {
        try await SetNewsroom.run(changes, in: test.context())
    }

    private func shown(in test: TestBook) async throws -> Newsroom {
        try await SetNewsroom.show(in: test.context())
    }

    private static let changes:
        [(
            SetNewsroom.Changes, expected: @Sendable (inout Newsroom) -> Void
        )] = [
            (.init(), { _ in }), (.init(name: "Gazette"), { $0.name = "Gazette" }),
            (.init(legalName: "Gazette Ltd"), { $0.legalName = "Gazette Ltd" }),
            (.init(postalAddress: "1 Road\nTown"), { $0.postalAddress = "1 Road\nTown" }),
            (.init(timeZone: "Asia/Tbilisi"), { $0.timeZone = "Asia/Tbilisi" }),
            (.init(profile: .discreet), { $0.profile = .discreet }),
            (.init(name: ""), { $0.name = nil }), (.init(legalName: ""), { $0.legalName = nil }),
            (.init(postalAddress: ""), { $0.postalAddress = nil }),
            // A newsroom always has a zone, because its billing days begin in it.
            (.init(timeZone: ""), { _ in }),
        ]

    @Test(arguments: changes.indices)
    func `what is named changes, all else stays`(index: Int) async throws {
        let test = try await TestBook()
        var expected = Newsroom.ready
        Self.changes[index].expected(&expected)
        #expect(try await set(Self.changes[index].0, in: test) == expected)
        #expect(try await shown(in: test) == expected)
    }

    @Test(arguments: [
        (SetNewsroom.Changes(timeZone: "Mars/Olympus"), Problem.Field.timeZone),
        (.init(timeZone: "+02:00"), .timeZone), (.init(name: cardNumber), .name),
        (.init(legalName: cardNumber), .legalName),
        (.init(postalAddress: cardNumber), .postalAddress), (.init(name: "a\nb"), .name),
        (.init(name: String(repeating: "n", count: 201)), .name),
        (.init(postalAddress: String(repeating: "n", count: 401)), .postalAddress),
    ])
    func `what is not well formed is refused, with all that came with it`(
        changes: SetNewsroom.Changes, field: Problem.Field
    ) async throws {
        let test = try await TestBook()
        var changes = changes
        changes.profile = .discreet
        await expectRefusal(.invalid, field: field) { try await set(changes, in: test) }
        #expect(try await shown(in: test) == .ready)
    }

    @Test func `another zone moves when a day begins`() async throws {
        let test = try await TestBook()
        _ = try await set(.init(timeZone: "Pacific/Kiritimati"), in: test)
        #expect(try await test.register().pledge.startedOn == CivilDate("2026-11-23"))
        _ = try await set(.init(timeZone: "UTC"), in: test)
        let next = try await test.register { $0.amount = "7.00" }.pledge
        #expect(next.startedOn == CivilDate("2026-11-22"))
    }
}
