package import Pledging

/// One row of the supporter report: a supporter and one pledge, or a supporter without any. Texts
/// are as stored; sealed values are opened only on request.
package struct ReportRow: Sendable {
    package let supporterID: String
    package let email: String?
    package let name: String?
    package let locale: String?
    package let country: String?
    package let createdAt: Instant
    package let pledge: ReportPledge?
    package let openReminderOn: String?
}

package struct ReportPledge: Sendable {
    package let id: String
    package let state: String
    package let amountMinor: Int64
    package let currency: String
    package let interval: String
    package let startedOn: String
    package let nextChargeOn: String?
    package let chargesSucceeded: Int64
    package let totalGivenMinor: Int64
    package let lastChargedOn: String?
    package let methodKind: String?
    package let methodBrand: String?
    package let methodLast4: String?
    package let methodExpires: String?
}

/// Where a report continues: after this supporter and pledge.
package struct ReportPosition: Sendable {
    package let supporterID: String
    package let pledgeID: String

    package init(supporterID: String, pledgeID: String) {
        self.supporterID = supporterID
        self.pledgeID = pledgeID
    }

    package static let start = ReportPosition(supporterID: "", pledgeID: "")
}

extension Transaction {
    /// Returns the next rows after `last`, in the order of supporter and pledge. With a state, only
    /// pledges in that state. Without `withPersonalData`, nothing sealed is read.
    package func reportRows(
        state: PledgeState?, after last: ReportPosition, limit: Int, withPersonalData: Bool
    ) throws -> [ReportRow] {
        let join = state == nil ? "LEFT JOIN" : "JOIN"
        let statement = Statement(
            """
            SELECT supporters.id, \(withPersonalData ? "supporters.sealed" : "NULL"),
                supporters.created_at,
                (SELECT min(due_on) FROM reminders WHERE reminders.supporter_id = supporters.id
                    AND reminders.state = 'scheduled'),
                pledges.id, payment_methods.id,
                \(withPersonalData ? "payment_methods.sealed" : "NULL"), pledges.state,
                amount_minor, currency, interval, started_on, next_charge_on, charges_succeeded,
                total_given_minor, last_charged_on, payment_methods.kind, expires
            FROM supporters
            \(join) pledges ON pledges.supporter_id = supporters.id
            LEFT JOIN payment_methods ON payment_methods.id = pledges.payment_method_id
            WHERE supporters.id >= $1
                AND (supporters.id > $1 OR coalesce(pledges.id, '') > $2)
                \(state == nil ? "" : "AND pledges.state = $3")
            ORDER BY supporters.id, pledges.id LIMIT \(state == nil ? "$3" : "$4")
            """)
        var parameters: [Value] = [.text(last.supporterID), .text(last.pledgeID), Value(limit)]
        if let state { parameters.insert(Value(state), at: 2) }
        return try connection.run(statement, [parameters]).read(decodeReportRow)
    }

    private func decodeReportRow(_ row: inout RowReader) throws -> ReportRow {
        let supporterID = try row.text()
        var contact: [String?] = [nil, nil, nil, nil, nil]
        if let sealed = try row.blobOrNil() {
            contact = try keys.open(sealed, .supporter, row: supporterID, fields: 5)
        }
        let (createdAt, openReminderOn) = try (row.instant(), row.textOrNil())
        return ReportRow(
            supporterID: supporterID, email: contact[0], name: contact[1], locale: contact[2],
            country: contact[4], createdAt: createdAt,
            pledge: try row.groupOrNil(of: Transaction.reportPledgeColumns) {
                try decodeReportPledge(&$0)
            },
            openReminderOn: openReminderOn)
    }

    /// How many columns `decodeReportPledge` reads.
    private static let reportPledgeColumns = 14

    private func decodeReportPledge(_ row: inout RowReader) throws -> ReportPledge {
        let (id, methodID) = try (row.text(), row.textOrNil())
        // Only the first fields of a method's blob are read: token, brand, last four.
        var method: [String?] = [nil, nil, nil]
        if let sealed = try row.blobOrNil() {
            method = try keys.open(sealed, .paymentMethod, row: methodID ?? "", fields: 3)
        }
        return try ReportPledge(
            id: id, state: row.text(), amountMinor: row.integer(), currency: row.text(),
            interval: row.text(), startedOn: row.text(), nextChargeOn: row.textOrNil(),
            chargesSucceeded: row.integer(), totalGivenMinor: row.integer(),
            lastChargedOn: row.textOrNil(), methodKind: row.textOrNil(), methodBrand: method[1],
            methodLast4: method[2], methodExpires: row.textOrNil())
    }
}
