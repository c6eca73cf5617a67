import Pledging
import Store

/// The first schema in which pledges store how they are charged.
let chargingSchema = 14

extension TestBook {
    /// Inserts a pledge as a program before charging wrote it. What would be sealed with it is left
    /// out.
    func insertIntoOldSchema(_ pledge: Pledge) async throws {
        let texts: [String?] = [
            pledge.id.text, pledge.supporterID.text, pledge.paymentMethodID?.text,
            pledge.amount.currency.code, pledge.interval.rawValue, pledge.state.rawValue,
            pledge.startedOn.description, pledge.nextChargeOn?.description,
            pledge.pausedUntil?.description, pledge.dueBeforePause?.description,
            pledge.lastChargedOn?.description, pledge.cancellation?.reason.rawValue,
            pledge.cancellation?.by.rawValue,
        ]
        let numbers: [Int64?] = [
            pledge.amount.minorUnits, Int64(pledge.anchor.day), Int64(pledge.anchor.month),
            Int64(pledge.nextPeriod), Int64(pledge.chargesSucceeded),
            pledge.totalGiven.minorUnits, pledge.version, pledge.endedAt?.milliseconds,
            pledge.createdAt.milliseconds, pledge.createdAt.milliseconds,
        ]
        let values: [Value] = texts.map { Value($0) } + numbers.map { Value($0) }
        try await book.driver.transaction(.write) { connection in
            _ = try connection.run(
                """
                INSERT INTO pledges (id, supporter_id, payment_method_id, currency, interval,
                    state, started_on, next_charge_on, paused_until, due_before_pause,
                    last_charged_on, cancel_reason, cancelled_by, amount_minor, anchor_day,
                    anchor_month, next_period, charges_succeeded, total_given_minor, version,
                    ended_at, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                    $17, $18, $19, $20, $21, $22, $23)
                """, [values])
        }
    }

    /// Returns every row of a table as it is stored, in its present columns or in `columns`. For
    /// books that this program's own reads do not fit yet.
    package func storedRows(
        of table: String, columns: [String]? = nil
    ) async throws -> [String] {
        var names = columns
        if names == nil { names = try await self.columns(of: table) }
        let list = (names ?? []).map { "quote(\($0))" }.joined(separator: " || ',' || ")
        return try await rows("SELECT \(list) FROM \(table) ORDER BY 1").map { try $0.text(0) }
    }

    package func columns(of table: String) async throws -> [String] {
        try await rows("SELECT name FROM pragma_table_info($1)", .text(table)).map {
            try $0.text(0)
        }
    }
}
