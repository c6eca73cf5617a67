import OpenSSL
import Pledging
import Store
import TestSupport
import Testing

/// A book with a person who pledges, and helpers for tests of stored entities.
struct EntityBook {
    private let test: TestBook
    let supporter: Supporter
    let method: PaymentMethod
    let pledge: Pledge
    private let ids = IDSource(random: RandomSource())

    init() async throws {
        test = try await TestBook()
        let planted = try await test.plant()
        supporter = planted.supporter
        method = try #require(planted.method)
        pledge = try #require(planted.pledge)
    }

    func write<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        try await test.book.write(body)
    }

    func read<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        try await test.book.read(body)
    }

    /// Expects that each of them is read as it was written.
    func expect<Entity: Equatable & Sendable>(
        _ entities: Entity..., insert: @escaping @Sendable (Transaction, Entity) throws -> Void,
        read: @escaping @Sendable (Transaction, Entity) throws -> Entity?
    ) async throws {
        for entity in entities {
            try await write { try insert($0, entity) }
            #expect(try await self.read { try read($0, entity) } == entity)
        }
    }

    /// Expects that it is read as it was written over a former version.
    func expectUpdated<Entity: Equatable & Sendable>(
        _ entity: Entity, update: @escaping @Sendable (Transaction, Entity) throws -> Void,
        read: @escaping @Sendable (Transaction, Entity) throws -> Entity?
    ) async throws {
        try await expect(entity, insert: update, read: read)
    }

    func storedCharge() async throws -> Charge {
        let charge = Charge(
            id: try id(), pledgeID: pledge.id, supporterID: supporter.id, firstPeriod: 1,
            amount: try money(500), dueOn: try day("2026-02-28"), state: .submitted,
            createdAt: at(0))
        try await write { try $0.insert(charge) }
        return charge
    }

    func event() throws -> Event {
        Event(
            id: try id(), type: .pledgeChanged, subjectID: pledge.id.text, sequence: 2, at: at(20),
            actor: .cli(user: "marina"), data: ["a": .integer(1)])
    }

    func id<Entity: Identified>() throws -> ID<Entity> { try ids.next(at: .noon) }

    func money(_ minorUnits: Int64) throws -> Money {
        Money(minorUnits: minorUnits, currency: try Currency("USD"))
    }

    func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
}

/// The time so many seconds after noon.
func at(_ seconds: Int64) -> Instant { Instant.noon.adding(seconds: seconds) }
