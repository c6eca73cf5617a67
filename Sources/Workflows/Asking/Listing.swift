import Store

/// A list of the book, oldest first. Every page is a short read of its own, so a slow reader of the
/// list pins nothing in the database.
package struct Listing<Row: Sendable, Position: Sendable>: Sendable {
    let context: Context
    /// Where a row stands in the list.
    package let position: @Sendable (Row) -> Position
    /// At most `limit` rows after a position; from the first row when there is none.
    let rows: @Sendable (_ store: Transaction, _ last: Position?, _ limit: Int) throws -> [Row]

    package func page(after last: Position?, limit: Int) async throws -> [Row] {
        try await context.book.read { try rows($0, last, limit) }
    }

    /// Calls `body` with every row.
    package func each(_ body: (Row) throws -> Void) async throws {
        let pageSize = 500
        var last: Position?
        while true {
            let page = try await page(after: last, limit: pageSize)
            for row in page { try body(row) }
            guard page.count == pageSize, let end = page.last else { return }
            last = position(end)
        }
    }
}
