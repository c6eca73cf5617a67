import Store

/// A list of rows of the book. Each page is a separate short read, so a slow reader of the list
/// keeps no transaction open.
package struct Listing<Row: Sendable, Position: Sendable>: Sendable {
    let context: Context
    /// Returns a row's position in the list.
    package let position: @Sendable (Row) -> Position
    /// Reads at most `limit` rows after `last`, or from the first row when it is nil.
    let rows: @Sendable (_ store: Transaction, _ last: Position?, _ limit: Int) throws -> [Row]

    /// Returns at most `limit` rows after `last`, or from the first row when it is nil.
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
