import HTTPTypes
import Hummingbird
import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@testable import Web

/// The pages behind the links in mails.
@Suite struct ReaderPageTests {
    private static let form = ["Content-Type": "application/x-www-form-urlencoded"]

    /// A book with a mail that asks for a confirmation, and the token of the mail's links.
    private func mailed(
        _ choice: ReminderChoice = .every(months: 1), locale: String? = nil
    ) async throws -> (served: Served, token: String) {
        let served = try await Served()
        let test = served.test
        _ = try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: "reader@example.org", locale: locale), choice: choice,
                door: "page", wording: "2026-11"),
            in: test.context(actor: .reader))
        let transport = RecordingTransport { _ in .accepted }
        _ = try await DeliverMail.run(
            through: transport, templates: TemplateLibrary(overridesFolder: nil),
            in: test.context())
        let mail = try #require(transport.mails.first.map(ReceivedMail.init))
        return (served, try #require(mail.token(of: "confirm")))
    }

    private func get(_ served: Served, _ path: String) async throws -> Served.Answer {
        try await served.ask(.get, path, token: .some(nil))
    }

    private func post(
        _ served: Served, _ path: String, _ body: String = ""
    ) async throws -> Served.Answer {
        try await served.ask(.post, path, body, token: .some(nil), headers: Self.form)
    }

    private func suppressions(_ served: Served) async throws -> Int {
        Int(try await served.test.rows("SELECT count(*) FROM suppressions")[0].integer(0))
    }

    @Test func `a scanner that follows a link changes nothing`() async throws {
        let (served, token) = try await mailed()
        for page in ["unsubscribe", "subscribe", "confirm", "manage"] {
            for method in [HTTPRequest.Method.get, .head] {
                let answer = try await served.ask(method, "/\(page)/\(token)", token: .some(nil))
                #expect(answer.status == 200)
                #expect(method == .head || answer.text.contains("</html>"))
            }
        }
        #expect(try await suppressions(served) == 0)
        #expect(try await served.test.supporters().map(\.confirmedAt) == [nil])
    }

    @Test(arguments: ["", "List-Unsubscribe=One-Click"])
    func `one click ends the reminders, by the page or by the mail program`(
        body: String
    ) async throws {
        let (served, token) = try await mailed()
        for _ in 0..<2 {
            let answer = try await post(served, "/unsubscribe/\(token)", body)
            #expect(answer.status == 200 && answer.text.contains("no more reminders"))
        }
        #expect(try await suppressions(served) == 1)
        let manage = try await get(served, "/manage/\(token)")
        #expect(!manage.text.contains("/unsubscribe/"))
        #expect(try await post(served, "/subscribe/\(token)").status == 200)
        #expect(try await suppressions(served) == 0)
    }

    @Test func `a click confirms`() async throws {
        let (served, token) = try await mailed(locale: "ru")
        let asked = try await get(served, "/confirm/\(token)")
        #expect(asked.text.contains("Да, напомните") && asked.text.contains("lang=\"ru\""))
        #expect(try await post(served, "/confirm/\(token)").text.contains("Готово"))
        #expect(try await served.test.supporters().map(\.confirmedAt) == [served.test.now])
    }

    @Test func `pledges are shown, and ended with one click`() async throws {
        let (served, token) = try await mailed()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let id = try #require(try made.member("id"))
        let path = "/manage/\(token)"
        #expect(try await get(served, path).text.contains("$5 a month"))
        let other = try await served.ask(
            .post, "/v1/pledges", Served.pledge(email: "other@example.org"))
        let stranger = try #require(try other.member("id"))
        for (body, status) in [
            ("pledge=\(stranger)&reason=other", 404), ("pledge=x", 404), ("", 400),
            ("pledge=\(id)&reason=revoked", 400),
            ("pledge=" + String(repeating: "x", count: 5_000), 413),
        ] {
            #expect(try await post(served, path, body).status == status, "\(body.prefix(40))")
        }
        #expect(try await served.test.pledges().allSatisfy { $0.state == .pending })
        let answer = try await post(served, path, "pledge=\(id)&reason=privacy")
        #expect(answer.status == 200 && answer.text.contains("nothing more will be taken"))
        let states = try await served.test.pledges().map { ($0.id.text, $0.state) }
        #expect(states.contains { $0 == (id, .cancelled) })
        #expect(states.contains { $0 == (stranger, .pending) })
        // It still says what there was.
        let after = try await get(served, path).text
        #expect(after.contains("$5 a month: ended") && !after.contains("<article>"))
    }

    @Test(arguments: [("en", "the others continue"), ("ru", "остальные продолжаются")])
    func `a reader who ends one of two pledges is told that the other goes on`(
        _ locale: String, _ words: String
    ) async throws {
        let (served, token) = try await mailed(locale: locale)
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        _ = try await served.ask(
            .post, "/v1/pledges", Served.pledge(more: ",\"is_second\":true"))
        let id = try #require(try made.member("id"))
        let answer = try await post(served, "/manage/\(token)", "pledge=\(id)&reason=other")
        #expect(answer.status == 200 && answer.text.contains(words), "\(answer.text)")
        #expect(answer.text.ranges(of: "<article>").count == 1)
    }

    @Test func `a reader who gave again is asked, and keeps both with one click`() async throws {
        let (served, token) = try await mailed()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let id = try #require(try made.member("id"))
        let path = "/manage/\(token)"
        #expect(try await !get(served, path).text.contains("Keep both"))
        let (test, now) = (served.test, served.test.now)
        try await test.book.write { transaction in
            guard var pledge = try transaction.pledge(ID(parsing: id)) else { return }
            pledge.state = .pastDue
            pledge.version += 1
            try transaction.update(pledge, at: now)
            try transaction.insert(
                Charge(
                    id: ID(bits: 7), pledgeID: pledge.id, supporterID: pledge.supporterID,
                    firstPeriod: 1, amount: pledge.amount, dueOn: pledge.startedOn,
                    state: .held, reason: HoldReason.gaveAgain.rawValue, nextStepAt: now,
                    createdAt: now))
        }
        let asked = try await get(served, path).text
        #expect(asked.contains("Keep both") && asked.contains("Stop this donation"))
        #expect(try await post(served, path, "keep=x").status == 404)
        let kept = try await post(served, path, "keep=\(id)")
        #expect(kept.status == 200 && kept.text.contains("both donations continue"))
        #expect(!kept.text.contains("Keep both"))
    }

    @Test func `pages send no referrer and run no script`() async throws {
        let (served, token) = try await mailed()
        for path in ["/manage/\(token)", "/confirm/none"] {
            let answer = try await get(served, path)
            #expect(answer.header("Referrer-Policy") == "no-referrer")
            #expect(answer.header("Cache-Control") == "no-store")
            let policy = try #require(answer.header("Content-Security-Policy"))
            #expect(policy.hasPrefix("default-src 'none'") && !policy.contains("unsafe"))
            #expect(!answer.text.contains("&lt;") && !answer.text.contains("<script"))
            #expect(!answer.text.contains("style=\""))
        }
        #expect(
            try await get(served, "/reader.css").header("Content-Type") == "text/css; charset=utf-8"
        )
    }

    @Test func `text typed by others is escaped`() {
        let name = "<b>\"Nová\" & 'Ы'</b>"
        let page: Markup = "<p>\(name)</p>\(Markup(html: "<br>"))"
        #expect(
            page.html == "<p>&lt;b&gt;&quot;Nová&quot; &amp; &#39;Ы&#39;&lt;/b&gt;</p><br>")
    }

    @Test func `an invalid link gets a page in the reader's language`() async throws {
        let served = try await Served { $0.failuresPerMinute = 3 }
        for _ in 0..<3 {
            let answer = try await served.ask(
                .get, "/confirm/none", token: .some(nil), headers: ["Accept-Language": "ru-RU,en"])
            #expect(answer.status == 404 && answer.text.contains("Эта ссылка не работает"))
        }
        let many = try await get(served, "/manage/none")
        #expect(many.status == 429 && many.header("Retry-After") == "20")
        #expect(many.text.contains("Too many attempts"))
    }

    @Test func `every phrase is there in every language`() {
        for phrase in PageText.allCases {
            let texts = Language.allCases.map { $0.text(phrase) }
            #expect(Set(texts).count == texts.count && !texts.contains(""))
        }
    }
}
