import TestSupport
import Testing
import Workflows

// Helpers for tests of reports.

extension SupporterReport {
    /// The first line of the report as CSV.
    static let header =
        "supporter_id,email,name,locale,country,created_at,pledge_id,pledge_state,amount,"
        + "currency,interval,started_on,next_charge_on,method_kind,method_brand,method_last4,"
        + "method_expires,charges_succeeded,total_given,last_charge_on,open_reminder_on\r\n"

    /// The rows of a CSV file whose cells need no quotes.
    static func cells(_ text: String) -> [[String]] {
        text.split(separator: "\r\n").dropFirst().map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

extension TestBook {
    func report(
        _ wanted: SupporterReport = .init(), as format: ReportFormat = .csv
    ) async throws -> (text: String, rows: Int) {
        var bytes: [UInt8] = []
        let rows = try await ExportReport.run(wanted, as: format, in: context()) { bytes += $0 }
        return (String(decoding: bytes, as: UTF8.self), rows)
    }

    /// 2,150 people, whose rows fill many pages; every seventh has three pledges, every eleventh
    /// none.
    static func ofManyPages() async throws -> TestBook {
        let test = try await TestBook()
        let head = "email,amount,currency,started_on,next_charge_on,state,method_token"
        var lines = [head]
        for number in 1...2_150 {
            let email = "r\(number)@example.org"
            guard number % 11 != 0 else {
                lines.append("\(email),,,,,,")
                continue
            }
            for pledge in 1...(number % 7 == 0 ? 3 : 1) {
                let state = (number + pledge) % 3 == 0 ? "cancelled" : "active"
                lines.append("\(email),\(pledge + 4).00,USD,2026-01-15,2026-12-15,\(state),t")
            }
        }
        let found = try await test.importing(Array(lines.joined(separator: "\n").utf8))
        try #require(found.summary.imported == lines.count - 1)
        return test
    }
}
