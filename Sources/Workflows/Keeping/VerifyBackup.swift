import Pledging
package import Store

/// Checks whether a book from a backup is sound, and has what the backup says. It changes nothing.
package enum VerifyBackup {
    /// Returns all checks. Throws Problem `.conflict` when the schema is newer than this program's.
    package static func run(
        _ copy: Book, against facts: BackupFacts
    ) async throws -> [RunDoctor.Check] {
        let schema = try await copy.read { try $0.schemaVersion() }
        try MigrateBook.refuseNewer(schema)
        var checks = [
            check(
                "backup", true,
                "made \(facts.content.createdAt.rfc3339), \(facts.bytes) bytes, checksum ok"),
            check("schema", schema == facts.content.schema, describe(schema)),
        ]
        checks += try await RunDoctor.engine(of: copy, cure: cure)
        checks.append(try await ring(copy))
        checks.append(try await rows(copy, facts.content.rows))
        if schema == Migration.newest {
            checks += try await RunDoctor.invariants(of: copy, cure: cure)
        } else {
            checks.append(
                check("invariants", true, "not checked: they apply to the newest schema only"))
        }
        return checks
    }

    private static func describe(_ schema: Int) -> String {
        schema == Migration.newest
            ? "\(schema)"
            : "\(schema); once it is restored, 'mainstay migrate' brings it to \(Migration.newest)"
    }

    private static func ring(_ copy: Book) async throws -> RunDoctor.Check {
        let fits = try await copy.read { try $0.keyRingFits() }
        return check(
            "key ring", fits, fits ? "it opens the book" : "it does not open the book")
    }

    private static func rows(
        _ copy: Book, _ expected: [CountedTable: Int]
    ) async throws -> RunDoctor.Check {
        let found = try await copy.read { try $0.rowCounts() }
        let wrong = CountedTable.allCases.filter { found[$0] != expected[$0] }
        guard wrong.isEmpty else {
            let texts = wrong.map {
                "\($0.rawValue): \(found[$0] ?? 0) of \(expected[$0] ?? 0)"
            }
            return check("rows", false, texts.joined(separator: ", "))
        }
        let texts = CountedTable.allCases.compactMap { table in
            found[table].map { "\(table.rawValue) \($0)" }
        }
        return check("rows", true, texts.joined(separator: ", "))
    }

    private static func check(
        _ name: String, _ isSound: Bool, _ detail: String
    ) -> RunDoctor.Check {
        RunDoctor.Check(name, isSound, detail, cure: cure)
    }

    private static let cure = "do not rely on this backup: make another, and keep older ones"
}
