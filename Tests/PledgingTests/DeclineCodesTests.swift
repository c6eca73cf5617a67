import Foundation
import Pledging
import Testing

struct DeclineCodesTests {
    /// The agreed table, as a copy that the code does not read.
    private func rows() throws -> [(code: String, bucket: String, reason: String)] {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/decline-codes", withExtension: "csv"))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        #expect(lines.first == "code,bucket,reader_reason")
        return try lines.dropFirst().map { line in
            let cells = line.split(separator: ",").map(String.init)
            try #require(cells.count == 3)
            return (cells[0], cells[1], cells[2])
        }
    }

    @Test func `every row of the table says what its code means`() throws {
        let rows = try rows()
        #expect(rows.count == 68)
        #expect(Set(rows.map(\.code)).count == rows.count)
        for row in rows where row.code != "*" {
            let decline = Decline(code: row.code)
            #expect(decline.bucket.rawValue == row.bucket, "\(row.code)")
            #expect(decline.reason.rawValue == row.reason, "\(row.code)")
        }
    }

    @Test func `every bucket and every reason has a code`() throws {
        let rows = try rows()
        #expect(Set(rows.map(\.bucket)) == Set(DeclineBucket.allCases.map(\.rawValue)))
        #expect(Set(rows.map(\.reason)) == Set(DeclineReason.allCases.map(\.rawValue)))
    }

    @Test(arguments: ["a_code_of_next_year", "*", "insufficient funds", "INSUFFICIENT_FUNDS"])
    func `a code that is not listed is soft and says little`(code: String) {
        #expect(Decline(code: code).bucket == .soft)
        #expect(Decline(code: code).reason == .declinedForNow)
    }

    @Test func `an empty or overlong code can still be stored`() {
        #expect(Decline(code: "").code == "unknown")
        #expect(Decline(code: String(repeating: "x", count: 500)).code.count == 64)
    }

    /// Advice can make a soft or mendable decline stricter, and nothing else.
    @Test(
        arguments: [
            ("insufficient_funds", nil, DeclineBucket.soft),
            ("insufficient_funds", .retryLater, .soft),
            ("insufficient_funds", .askSupporter, .needsSupporter),
            ("insufficient_funds", .doNotRetry, .hard),
            ("incorrect_number", .retryLater, .needsSupporter),
            ("incorrect_number", .doNotRetry, .hard),
            ("lost_card", .retryLater, .hard), ("lost_card", .askSupporter, .hard),
            ("stop_payment_order", .retryLater, .revoked),
            ("api_key_expired", .doNotRetry, .operator),
            ("amount_too_small", .doNotRetry, .impossible),
            ("duplicate_transaction", .doNotRetry, .unknownOutcome),
            ("a_code_of_next_year", .doNotRetry, .hard),
        ] as [(String, Decline.Advice?, DeclineBucket)])
    func `advice only makes it stricter`(
        code: String, advice: Decline.Advice?, bucket: DeclineBucket
    ) {
        #expect(Decline(code: code, advice: advice).bucket == bucket)
    }

    @Test func `readers hear six reasons, and never lost, stolen or fraud`() throws {
        #expect(
            Set(DeclineReason.allCases.map(\.rawValue)) == [
                "insufficient_funds", "details_incorrect", "declined_for_now", "method_unusable",
                "recently_paid", "unknown",
            ])
        for row in try rows() {
            let told = Decline(code: row.code).reason.rawValue
            for word in ["lost", "stolen", "fraud", "blacklist", "security"] {
                #expect(!told.contains(word), "\(row.code)")
            }
        }
    }

    @Test(arguments: [
        (Decline.notReceived, DeclineBucket.soft), (.withdrawn, .soft),
        (.noMethod, .needsSupporter),
        (Decline(code: Decline.missingToken), .needsSupporter),
        (Decline(code: Decline.requestRefused), .impossible),
    ])
    func `our own codes have their rows`(decline: Decline, bucket: DeclineBucket) throws {
        #expect(decline.bucket == bucket)
        #expect(try rows().contains { $0.code == decline.code })
    }
}
