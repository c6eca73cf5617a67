import HTTPTypes
import Mail
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@testable import Web

/// The page behind "Confirm at your bank".
@Suite struct BankPageTests {
    private static let form = ["Content-Type": "application/x-www-form-urlencoded"]

    /// A reader whose bank asks, the token of the mail about it, and the processor.
    private func asked(
        locale: String? = nil
    ) async throws -> (served: Served, token: String, processor: ScriptedProcessor) {
        let now = Instant.noon
        let processor = ScriptedProcessor(clock: { now }, answering: { _ in .needAction() })
        let served = try await Served(processor: processor)
        let language = locale.map { ",\"locale\":\"\($0)\"" } ?? ""
        _ = try await served.ask(
            .post, "/v1/pledges",
            Served.pledge().replacing(
                "reader@example.org\"", with: "reader@example.org\"\(language)"))
        let test = served.test
        _ = try await RunBilling.run(through: Processors([processor]), in: test.context())
        let transport = RecordingTransport { _ in .accepted }
        _ = try await DeliverMail.run(
            through: transport, templates: TemplateLibrary(overridesFolder: nil),
            in: test.context())
        let mail = try #require(transport.mails.first.map(ReceivedMail.init))
        return (served, try #require(mail.token(of: "bank")), processor)
    }

    private func get(_ served: Served, _ path: String) async throws -> Served.Answer {
        try await served.ask(.get, path, token: .some(nil))
    }

    private func confirm(
        _ served: Served, _ token: String, _ body: String? = nil
    ) async throws -> Served.Answer {
        let page = try await get(served, "/bank/\(token)").text
        let id = page.firstMatch(of: #/name="charge" value="(chg_[a-z0-9]+)"/#)?.1
        return try await served.ask(
            .post, "/bank/\(token)", body ?? "charge=\(id ?? "")", token: .some(nil),
            headers: Self.form)
    }

    @Test func `the page shows amount and day, and a scanner confirms nothing`() async throws {
        let (served, token, processor) = try await asked()
        for path in ["/bank/\(token)", "/bank/\(token)?from=bank"] {
            for method in [HTTPRequest.Method.get, .head] {
                let answer = try await served.ask(method, path, token: .some(nil))
                #expect(answer.status == 200)
            }
        }
        #expect(processor.visits.isEmpty)
        let page = try await get(served, "/bank/\(token)").text
        #expect(page.contains("$5") && page.contains("22 November 2026"))
        #expect(page.contains("20 December 2026") && page.contains("Go to your bank"))
        #expect(try await get(served, "/manage/\(token)").text.contains("/bank/\(token)"))
    }

    @Test func `a click leads to the bank's page, which the browser may follow`() async throws {
        let (served, token, processor) = try await asked()
        processor.answerVisits(.needAction(url: "https://bank.example/ask?x=1"))
        let answer = try await confirm(served, token)
        #expect(answer.status == 303)
        #expect(answer.header("Location") == "https://bank.example/ask?x=1")
        #expect(answer.header("Referrer-Policy") == "no-referrer")
        let page = try await get(served, "/bank/\(token)")
        let policy = try #require(page.header("Content-Security-Policy"))
        #expect(policy.contains("form-action 'self' https:;"))
        let other = try await get(served, "/manage/\(token)")
        #expect(other.header("Content-Security-Policy")?.contains("form-action 'self';") == true)
    }

    @Test func `whoever comes back from the bank is told no fact before it is known`()
        async throws
    {
        let (served, token, processor) = try await asked()
        processor.answerVisits(.needAction(url: "https://bank.example/ask"))
        _ = try await confirm(served, token)
        let back = "/bank/\(token)?from=bank&redirect_status=succeeded&payment_intent=pi_1"
        let waiting = try await get(served, back)
        #expect(waiting.status == 200 && waiting.text.contains("waiting for your bank"))
        #expect(waiting.text.contains("Look again") && !waiting.text.contains("nothing is taken"))
        #expect(try await served.test.pledges().map(\.chargesSucceeded) == [0])
        // The button asks, and the answer is booked.
        let reference = try #require(processor.visits.first?.reference)
        processor.settle(reference, as: .succeeded(at: served.test.now, nil))
        let paid = try await confirm(served, token)
        #expect(paid.status == 200 && paid.text.contains("the payment is confirmed"))
        #expect(try await !get(served, back).text.contains("<form"))
    }

    @Test(arguments: [
        (ScriptedProcessor.Reply.succeed, "en", "the payment is confirmed"),
        (.succeed, "ru", "Готово: платёж подтверждён"),
        (.decline("insufficient_funds"), "en", "did not allow"), (.accept, "en", "not answered"),
    ])
    func `the page says what the bank answered`(
        reply: ScriptedProcessor.Reply, locale: String, words: String
    ) async throws {
        let (served, token, processor) = try await asked(locale: locale)
        processor.answerVisits(reply)
        let answer = try await confirm(served, token)
        #expect(answer.status == 200 && answer.text.contains(words), "\(answer.text)")
        let after = try await get(served, "/bank/\(token)").text
        #expect(!after.contains("<form") && after.contains("/manage/\(token)"))
    }

    @Test func `other forms are refused`() async throws {
        let (served, token, processor) = try await asked()
        let some = try await served.test.charges()
        for (body, status) in [
            ("", 400), ("charge=x", 404), ("charge=\(ID<Charge>(bits: 5).text)", 404),
            ("charge=" + String(repeating: "x", count: 5_000), 413),
        ] {
            #expect(try await confirm(served, token, body).status == status, "\(body.prefix(30))")
        }
        let id = try #require(some.first?.id.text)
        let stranger = try await served.ask(
            .post, "/bank/none", "charge=\(id)", token: .some(nil), headers: Self.form)
        #expect(stranger.status == 404 && processor.visits.isEmpty)
    }
}
