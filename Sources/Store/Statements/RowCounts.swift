/// The tables whose rows a backup counts, so that a reader can check that all of them are there.
package enum CountedTable: String, CaseIterable, Sendable {
    case supporters, pledges
    case paymentMethods = "payment_methods"
    case reminders, events
    case mailMessages = "mail_messages"
    case charges

    /// The version of the first schema that has the table.
    package var schema: Int {
        switch self {
        case .supporters: 2
        case .pledges, .paymentMethods: 3
        case .reminders: 4
        case .events: 5
        case .mailMessages: 6
        case .charges: 14
        }
    }
}

extension Transaction {
    /// Returns how many rows each counted table has; a table that the book's schema lacks is left
    /// out.
    package func rowCounts() throws -> [CountedTable: Int] {
        let version = try schemaVersion()
        var counts: [CountedTable: Int] = [:]
        for table in CountedTable.allCases where table.schema <= version {
            counts[table] = try rowCount(of: table)
        }
        return counts
    }

    private func rowCount(of table: CountedTable) throws -> Int {
        try connection.run(Statement("SELECT count(*) FROM \(table.rawValue)"))[0]
            .read { try $0.count() }
    }
}
