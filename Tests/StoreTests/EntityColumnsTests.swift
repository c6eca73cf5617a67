import Foundation
import OpenSSL
import Pledging
import TestSupport
import Testing

@testable import Store

@Suite struct EntityColumnsTests {
    // MARK: What a list makes

    private struct Note {
        var id = "n1"
        var page = "p"
        var words = "w"
        var place: Int64 = 3
        var version: Int64 = 2
        var madeAt = Instant.noon
    }

    private static let notes = EntityColumns<Note>(
        "notes",
        [
            .key("id") { .text($0.id) },
            .sealed { note, keys in .text(note.words + keys.bookID.text) },
            .fixed("page") { .text($0.page) },
            .read("title", of: "pages"),
            .read("seen"),
            .changing("words") { .text($0.words) },
            .compared("place") { .integer($0.place) },
            .version { $0.version },
            .fixed("hash", isSelected: false) { _ in .blob([7]) },
            .updatedAt { $0.madeAt },
        ])

    private func keys() throws -> KeyRing {
        try KeyRingFile.makeKeys(bookID: ID(bits: 1), at: .noon, random: RandomSource())
    }

    @Test func `INSERT writes all but what is only read`() throws {
        #expect(
            Self.notes.insert.sql
                == "INSERT INTO notes (id, sealed, page, words, place, version, hash, updated_at) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        let keys = try keys()
        #expect(
            try Self.notes.inserted(Note(), keys) == [
                "n1", .text("w" + keys.bookID.text), "p", "w", 3, 2, .blob([7]),
                .integer(Instant.noon.milliseconds),
            ])
    }

    @Test func `UPDATE writes what changes, in the row that is as it was read`() throws {
        #expect(
            Self.notes.update.sql == """
                UPDATE notes SET sealed = $1, words = $2, version = $3, updated_at = $4
                WHERE id = $5 AND place = $6 AND version = $3 - 1 RETURNING id
                """)
        let (keys, later) = (try keys(), Instant.noon.adding(milliseconds: 5))
        #expect(
            try Self.notes.updated(Note(), at: later, keys) == [
                .text("w" + keys.bookID.text), "w", 2, .integer(later.milliseconds), "n1", 3,
            ])
    }

    @Test func `SELECT lists each column with its table`() {
        #expect(
            Self.notes.selected
                == "notes.id, notes.sealed, notes.page, pages.title, notes.seen, notes.words, "
                + "notes.place, notes.version")
        #expect(Self.notes.selectedCount == 8)
    }

    @Test func `an upsert overwrites what changes`() {
        let list = EntityColumns<Note>(
            "notes",
            [
                .key("id") { .text($0.id) }, .key("page") { .text($0.page) },
                .changing("words") { .text($0.words) }, .fixed("place") { .integer($0.place) },
            ])
        #expect(
            list.upsert.sql
                == "INSERT INTO notes (id, page, words, place) VALUES ($1, $2, $3, $4) "
                + "ON CONFLICT (id, page) DO UPDATE SET words = excluded.words")
    }

    @Test func `where nothing changes there is no UPDATE`() {
        let list = EntityColumns<Note>(
            "notes", [.key("id") { .text($0.id) }, .fixed("page") { .text($0.page) }])
        #expect(list.update.sql.isEmpty)
    }

    // MARK: What Store's own lists make

    @Test(arguments: GeneratedStatements.ofEntities)
    func `the engine takes what a list makes`(_ generated: GeneratedStatements) async throws {
        let test = try await TestBook()
        for sql in generated.all {
            let count = Set(sql.matches(of: #/\$\d+/#).map { String($0.output) }).count
            let nothing = [Value](repeating: .null, count: count)
            _ = try await test.book.driver.transaction(.write) { connection in
                try connection.run(Statement("EXPLAIN \(sql)"), [nothing])
            }
        }
    }

    @Test(arguments: GeneratedStatements.ofEntities)
    func `a list names each column once, and UPDATE the one row`(
        _ generated: GeneratedStatements
    ) {
        #expect(Set(generated.names).count == generated.names.count)
        #expect(!generated.keys.isEmpty)
        guard !generated.update.isEmpty else { return }
        let conditions = generated.update.split(separator: "\nWHERE ").last ?? ""
        for key in generated.keys { #expect(conditions.contains("\(key) = $")) }
        #expect(conditions.contains(#/ AND version = \$\d+ - 1 /#) == generated.hasVersion)
    }

    @Test func `every list of Store is tried here`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Store/Statements")
        var count = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let source = try String(
                contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            count += source.matches(of: #/= EntityColumns<\w+>\(/#).count
        }
        #expect(count == GeneratedStatements.ofEntities.count)
    }

    /// The columns that UPDATE leaves alone. Charges count some of a pledge's columns with
    /// statements of their own, which a change of the pledge must not overwrite; most others never
    /// change.
    private static let left: [String: Set<String>] = [
        "newsroom": ["book_id", "key_check", "created_at"],
        "supporters": ["created_at"],
        "payment_methods": ["supporter_id", "kind", "processor", "created_at"],
        "pledges": [
            "supporter_id", "currency", "started_on", "next_period", "last_charged_on",
            "charges_succeeded", "total_given_minor", "predecessor_id", "created_at",
        ],
        "charges": [
            "pledge_id", "first_period", "period_count", "currency", "due_on", "created_at",
        ],
        "charge_attempts": ["payment_method_id", "processor", "started_at", "is_adopted"],
        "extra_payments": [
            "charge_id", "attempt", "processor", "remote_id", "amount_minor", "paid_at",
            "created_at",
        ],
        "refunds": [
            "charge_id", "extra_payment_id", "number", "is_automatic", "created_at",
        ],
        "attentions": ["kind", "subject", "first_seen_at"],
        "disputes": [
            "charge_id", "extra_payment_id", "processor", "remote_id", "amount_minor",
            "created_at",
        ],
        "reminders": [
            "supporter_id", "kind", "subject_id", "period", "occurrence", "created_at",
        ],
        "webhook_endpoints": ["created_at"],
        "risk_policies": [],
        "jobs": [],
    ]

    @Test func `UPDATE leaves alone what is not its own`() {
        let changing = GeneratedStatements.ofEntities.filter { !$0.update.isEmpty }
        #expect(Set(changing.map(\.table)) == Set(Self.left.keys))
        for generated in changing {
            #expect(generated.left == Self.left[generated.table], "\(generated.table)")
        }
    }

    @Test func `UPDATE of a pledge finds none that a charge has moved on`() {
        #expect(Pledge.columns.update.sql.contains(#/ AND next_period = \$\d+ AND version = /#))
    }
}
