import Foundation
import Pledging
import Store
import TestSupport
import Testing
import Workflows

extension TestBook {
    struct Imported {
        let summary: ImportBook.Summary
        let bad: [BadRow]
    }

    /// Imports these bytes in pieces of 1,009, which do not end where rows end.
    func importing(
        _ bytes: [UInt8], isDryRun: Bool = false, ignoresUnknownColumns: Bool = false
    ) async throws -> Imported {
        var position = 0
        var bad: [BadRow] = []
        let options = ImportBook.Options(
            isDryRun: isDryRun, ignoresUnknownColumns: ignoresUnknownColumns,
            fileDigest: String(repeating: "ab", count: 32))
        let summary = try await ImportBook.run(
            options, in: context(),
            reading: {
                let end = min(position + 1_009, bytes.count)
                defer { position = end }
                return Array(bytes[position..<end])
            }, reporting: { bad.append($0) })
        return Imported(summary: summary, bad: bad)
    }

    /// Imports rows of these columns, each a list with commas.
    func importing(
        _ columns: String, _ rows: String..., isDryRun: Bool = false
    ) async throws -> Imported {
        try await importing(
            Array(([columns] + rows).joined(separator: "\n").utf8), isDryRun: isDryRun)
    }

    /// Imports one row: a live monthly pledge of 5 USD with a test's changes. Empty values are left
    /// out.
    @discardableResult
    func importRow(
        _ changes: KeyValuePairs<String, String>, isDryRun: Bool = false
    ) async throws -> Imported {
        var values = [
            "email": "reader@example.org", "amount": "5.00", "currency": "USD",
            "interval": "month", "started_on": "2026-01-15", "next_charge_on": "2026-12-15",
            "state": "active", "method_token": "tok_1",
        ]
        for (column, value) in changes { values[column] = value.isEmpty ? nil : value }
        let cells = values.sorted { $0.key < $1.key }
        return try await importing(
            cells.map(\.key).joined(separator: ","),
            cells.map(\.value).joined(separator: ","), isDryRun: isDryRun)
    }

    /// Imports one row and returns its pledge.
    func imported(
        _ changes: KeyValuePairs<String, String>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Pledge {
        try await importRow(changes)
        return try #require(try await pledges().last, sourceLocation: sourceLocation)
    }
}

/// A fixture of MainstayTests, whose command line takes the same format.
func importFixture(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../MainstayTests/Fixtures").standardizedFileURL
    return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
}
