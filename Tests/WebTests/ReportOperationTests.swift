import HTTPTypes
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

@Suite struct ReportOperationTests {
    private func furnished(_ scopes: [APIScope] = APIScope.allCases) async throws -> Served {
        let served = try await Served(scopes: scopes)
        let everything = try await Served.token(APIScope.allCases, served.test)
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge(), token: everything)
        return served
    }

    /// Returns what the command line writes.
    private func written(
        _ report: some TabularReport, _ format: ReportFormat, _ served: Served
    ) async throws -> String {
        var bytes: [UInt8] = []
        _ = try await ExportReport.run(report, as: format, in: served.test.context()) {
            bytes += $0
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: ReportFormat.allCases)
    func `the supporters, byte for byte as the command line writes them`(
        _ format: ReportFormat
    ) async throws {
        let served = try await furnished()
        let answer = try await served.ask(
            .get, "/v1/reports/supporters?format=\(format.rawValue)")
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == format.mediaType)
        #expect(
            answer.headers[.contentDisposition]
                == "attachment; filename=\"supporters.\(format.rawValue)\"")
        let report = SupporterReport(state: nil, withPersonalData: true)
        #expect(answer.text == (try await written(report, format, served)))
        #expect(answer.text.contains("reader@example.org"))
    }

    @Test func `CSV if nothing is said, and only the state that is asked for`() async throws {
        let served = try await furnished()
        let answer = try await served.ask(.get, "/v1/reports/supporters?state=cancelled")
        #expect(answer.text.hasPrefix("supporter_id,email,"))
        #expect(answer.text.split(separator: "\r\n").count == 1)
    }

    @Test func `names and addresses need a scope of their own`() async throws {
        let served = try await furnished([.reportsRead])
        let refused = try await served.ask(.get, "/v1/reports/supporters")
        #expect(refused.status == 403)
        #expect(try refused.member("code") == "scope_missing")
        let plain = try await served.ask(
            .get, "/v1/reports/supporters?without_personal_data=true")
        #expect(plain.status == 200 && plain.text.contains("plg_"))
        #expect(!plain.text.contains("reader@example.org") && !plain.text.contains("4242"))
    }

    @Test func `charges and payouts, of the days that are asked for`() async throws {
        let served = try await furnished()
        _ = try await RunBilling.run(
            through: served.web.processors, in: served.test.context())
        let paid = try await served.ask(.get, "/v1/reports/charges?from=2026-11-22&format=jsonl")
        #expect(paid.text.split(separator: "\n").count == 1)
        #expect(paid.text.contains(#""amount":"5.00""#))
        let before = try await served.ask(.get, "/v1/reports/charges?to=2026-11-21&format=jsonl")
        #expect(before.text.isEmpty)
        let payouts = try await served.ask(.get, "/v1/reports/payouts?format=json")
        #expect(payouts.status == 200 && payouts.text.hasPrefix("["))
        let balance = try await served.ask(
            .get, "/v1/reports/balance?month=2026-11&format=jsonl")
        #expect(balance.status == 200 && balance.text.contains(#""charges":"5.00""#))
        for (query, field) in [("", "month"), ("?month=2026-13", "month")] {
            let refused = try await served.ask(.get, "/v1/reports/balance\(query)")
            #expect(refused.status == 422)
            #expect(try refused.member("field") == field)
        }
        let wrong = try await served.ask(
            .get, "/v1/reports/charges?from=2026-11-22&to=2026-11-21")
        #expect(wrong.status == 422)
        #expect(try wrong.member("field") == "to")
    }

    @Test(arguments: ["format=xml", "without_personal_data=yes", "state=happy"])
    func `an impossible report is refused before it begins`(_ query: String) async throws {
        let answer = try await Served().ask(.get, "/v1/reports/supporters?\(query)")
        #expect(answer.status == 422)
        #expect(try answer.member("field") == String(query.prefix { $0 != "=" }))
    }
}
