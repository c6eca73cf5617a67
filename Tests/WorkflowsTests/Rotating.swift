import Foundation
import OpenSSL
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A book whose ring is in a file, as opened by one process.
struct KeyedBook: Sendable {
    let test: TestBook
    let storage: KeyRingStorage
    let context: Context

    var book: Book { context.book }

    /// The same book and ring file in another process, whose ring is as the file is now.
    func otherProcess(through driver: (any Driver)? = nil) throws -> KeyedBook {
        try KeyedBook(test, storage, through: driver)
    }

    init(
        _ test: TestBook, _ storage: KeyRingStorage, through driver: (any Driver)? = nil
    ) throws {
        self.test = test
        self.storage = storage
        let own = try test.context()
        let book = Book(
            driver: driver ?? test.database, keys: try storage.open(), journal: test.book.journal)
        context = Context(
            book: book, ids: own.ids, actor: own.actor, settings: own.settings,
            clock: { test.now })
    }

    /// A book of so many people, with everything that a book holds.
    static func make(people: Int = 3) async throws -> KeyedBook {
        let test = try await TestBook()
        let storage = try store(test)
        for number in 0..<people {
            let email = "reader-\(number)@example.org"
            try await test.register {
                $0.person = PersonInput(email: email, name: "Reader \(number)")
                $0.source = "campaign \(number)"
                $0.idempotencyKey = "key-\(number)"
            }
            try await test.ask(.every(months: 1), email: email)
        }
        try await test.addEndpoint()
        let staff = try await test.plant { $0.email = "staff@example.org" }
        _ = try await ChangePledge.run(
            try #require(staff.pledge).id, .init(amount: "4.00"), in: test.context())
        return try KeyedBook(test, storage)
    }

    /// The same book with a note about a payment, a processor's message that waits, and a token
    /// that its processor is to forget.
    static func makeCharged() async throws -> (keyed: KeyedBook, processor: ScriptedProcessor) {
        let keyed = try await make()
        let test = keyed.test
        let noted = try await test.plant { $0.email = "noted@example.org" }
        let charge = try await RecordPayment.run(
            .init(pledgeID: try #require(noted.pledge).id, note: "in cash"), in: test.context())
        let processor = test.processor(.succeed)
        processor.forgets = true
        let declined = ChargeAnswer(.declined(Decline(code: "insufficient_funds")))
        let message = processor.tell(
            .charge(test.reference(of: charge), charge.amount, declined),
            marker: charge.id.text)
        _ = try await RecordProcessorEvent.run(
            message.body, headers: [ScriptedProcessor.signature], from: processor,
            in: test.context())
        let gone = try await test.plant {
            ($0.email, $0.token) = ("gone@example.org", "tok_gone")
        }
        _ = try await EraseSupporter.run(gone.supporter.id, by: .staff, in: test.context())
        return (keyed, processor)
    }

    /// Writes the ring of a test's book into a file.
    static func store(_ test: TestBook) throws -> KeyRingStorage {
        let random = RandomSource()
        let file = KeyRingFile(path: test.path + ".keys")
        try file.create(test.book.keys, passphrase: nil, random: random)
        return KeyRingStorage(file, random: random, passphrase: { nil })
    }

    func rotate(onlyResumes: Bool = false) async throws -> KeyRotation {
        try await RotateSealKey.run(onlyResumes: onlyResumes, ring: storage, in: context)
    }

    func rotateHashes(onlyResumes: Bool = false) async throws -> KeyRotation {
        try await RotateHashKey.run(onlyResumes: onlyResumes, ring: storage, in: context)
    }

    func keys() async throws -> [ListKeys.Key] {
        try await ListKeys.run(ring: storage, in: context)
    }

    /// How many values use a key; nil if the ring has no such key.
    func uses(of key: UInt16) async throws -> Int? {
        try await keys().first { $0.id == key }?.uses
    }

    /// The ids of the keys under which a table's values are sealed.
    func sealKeys(in table: String) async throws -> Set<UInt16> {
        let rows = try await test.rows(
            "SELECT substr(sealed, 2, 2) FROM \(table) WHERE sealed IS NOT NULL")
        return Set(
            try rows.map { row in
                try row.blob(0).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
            })
    }

    /// What the doctor finds wrong, with the keys of this process.
    func faults() async throws -> [String] {
        try await RunDoctor.run(in: context).filter { !$0.isSound }
            .map { "\($0.name): \($0.detail)" }
    }

    func supporter(_ email: String) async throws -> Supporter {
        try await BrowseBook.supporter(email, in: context).supporter
    }

    /// Ids, versions and times of the last change of everything, and the number of events.
    func history() async throws -> [String] {
        let tables = ["supporters", "payment_methods", "pledges", "reminders", "webhook_endpoints"]
        var lines: [String] = []
        for table in tables {
            let rows = try await test.rows(
                "SELECT id, version, updated_at FROM \(table) ORDER BY id")
            lines += try rows.map { row in
                [try row.text(0), String(try row.integer(1)), String(try row.integer(2))]
                    .joined(separator: " ")
            }
        }
        let events = try await test.rows("SELECT id, body FROM events ORDER BY id")
        return try lines + events.map { [try $0.text(0), try $0.text(1)].joined(separator: " ") }
    }
}
