import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Pledging
import Workflows

/// The pages behind the links in our mails. A GET only asks, because mail programs and scanners
/// follow links. A POST acts; mail programs send one too, for one-click unsubscribe (RFC 8058).
struct ReaderPages {
    let web: WebContext

    func add(to router: Router<RequestState>) {
        for wish in FollowLink.Wish.allCases {
            let path = RouterPath("/\(wish.rawValue)/:token")
            router.get(path) { request, state in
                await page(request, state) { _, view in ask(wish, view).response() }
            }
            router.post(path) { request, state in
                await page(request, state) { token, view in
                    try await FollowLink.run(token, wish, in: web.context.actingForReader)
                    return done(wish, view).response()
                }
            }
        }
        BankPage(web: web).add(to: router)
        router.get("/manage/:token") { request, state in
            await page(request, state) { token, view in manage(view, token).response() }
        }
        router.post("/manage/:token") { request, state in
            await page(request, state) { token, view in
                try await decide(request, token, view).response()
            }
        }
        router.get("/reader.css") { _, _ in Response.stylesheet(Page.style) }
    }

    // MARK: The pages

    private func ask(_ wish: FollowLink.Wish, _ view: OpenLink.View) -> Page {
        let (title, what, button): (PageText, PageText?, PageText) =
            switch wish {
            case .confirm: (.confirmAsk, .confirmWhat, .confirmYes)
            case .unsubscribe: (.unsubscribeAsk, .unsubscribeWhat, .unsubscribeYes)
            case .subscribe: (.subscribeAsk, nil, .subscribeYes)
            }
        let words = what.map { "<p>\(view.language.text($0))</p>" as Markup } ?? ""
        return view.page(title, "\(words)\(form(button, in: view.language))")
    }

    private func done(_ wish: FollowLink.Wish, _ view: OpenLink.View) -> Page {
        let (title, what): (PageText, PageText) =
            switch wish {
            case .confirm: (.confirmed, .confirmedWhat)
            case .unsubscribe: (.unsubscribed, .unsubscribedWhat)
            case .subscribe: (.subscribed, .subscribedWhat)
            }
        return view.page(title, "<p>\(view.language.text(what))</p>")
    }

    private func manage(_ view: OpenLink.View, _ token: String) -> Page {
        let language = view.language
        let pledges = view.pledges.filter { !$0.state.isFinal }
        let ended = view.pledges.filter(\.state.isFinal).map { pledge in
            "<p>\(language.text(pledge.amount, pledge.interval)): \(language.text(pledge))</p>\n"
                as Markup
        }
        let bank: Markup =
            view.atBank.isEmpty
            ? ""
            : """
            <p>\(language.text(.bankWhat)) <a href="/bank/\(token)">\(language.text(.bank))</a></p>

            """
        let list =
            pledges.isEmpty
            ? "<p>\(language.text(.nothingHere))</p>"
            : Markup(
                joining: pledges.map {
                    article($0, isAsked: view.askedAbout.contains($0.id), in: language)
                })
        let reminders: Markup =
            view.isUnsubscribed
            ? ""
            : "<p><a href=\"/unsubscribe/\(token)\">\(language.text(.noReminders))</a></p>"
        return view.page(.manage, "\(bank)\(list)\(Markup(joining: ended))\(reminders)")
    }

    private func article(_ pledge: Pledge, isAsked: Bool, in language: Language) -> Markup {
        let question: Markup =
            isAsked
            ? """
            <p>\(language.text(.bothOrOne))</p>
            <form method="post">
            <input type="hidden" name="keep" value="\(pledge.id.text)">
            <button>\(language.text(.both))</button>
            </form>

            """ : ""
        let reasons = Cancellation.Reason.allCases.compactMap { reason in
            language.text(reason).map {
                "<option value=\"\(reason.rawValue)\">\($0)</option>" as Markup
            }
        }
        return """
            <article>
            <h2>\(language.text(pledge.amount, pledge.interval))</h2>
            <p>\(language.text(pledge))</p>
            \(question)<form method="post">
            <input type="hidden" name="pledge" value="\(pledge.id.text)">
            <label>\(language.text(.reason))
            <select name="reason"><option value="other">\(language.text(.keep))</option>\
            \(Markup(joining: reasons))</select></label>
            <button>\(language.text(.stop))</button>
            </form>
            </article>

            """
    }

    /// Stops one pledge, or keeps one beside a newer one.
    private func decide(
        _ request: Request, _ token: String, _ view: OpenLink.View
    ) async throws -> Page {
        let form = try await form(DecisionForm.self, of: request)
        guard let form, let text = form.pledge ?? form.keep else {
            throw ErrorAnswer.unreadable("pledge", "send the page's own form")
        }
        guard let id = try? ID<Pledge>(parsing: text) else {
            throw Problem(.notFound, "nothing has that id")
        }
        if form.pledge == nil {
            let isKept = try await KeepBothPledges.run(id, by: token, in: web.context)
            let now = try await OpenLink.run(token, in: web.context)
            return now.page(isKept ? .keptBoth : .manage, manage(now, token).content)
        }
        let reason = form.reason.flatMap(Cancellation.Reason.init) ?? .other
        guard reason != .revoked else {
            throw ErrorAnswer.unreadable("reason", "only a processor can give this reason")
        }
        _ = try await CancelPledge.run(id, because: reason, by: token, in: web.context)
        let now = try await OpenLink.run(token, in: web.context)
        let isLast = now.pledges.allSatisfy(\.state.isFinal)
        return now.page(isLast ? .stoppedLast : .stopped, manage(now, token).content)
    }

    private func form(_ button: PageText, in language: Language) -> Markup {
        "<form method=\"post\"><button>\(language.text(button))</button></form>"
    }

    // MARK: Limits and errors

    /// Returns the form in a request's body; nil if it has none of these fields.
    func form<Form: Decodable>(_ type: Form.Type, of request: Request) async throws -> Form? {
        let body = try await web.collect(request.body, upTo: ReaderPages.formMaximumBytes)
        return try? URLEncodedFormDecoder().decode(type, from: String(buffer: body))
    }

    /// Opens the link and answers with the page that `body` makes. A network that shows too many
    /// unknown links must wait. Every error is answered with a page too.
    func page(
        _ request: Request, _ state: RequestState,
        _ body: (String, OpenLink.View) async throws -> Response
    ) async -> Response {
        let token = state.parameters.get("token") ?? ""
        let network = web.network(of: request, state)
        var language = Language(tag: request.headers[.acceptLanguage])
        do {
            if let seconds = web.refusal(of: network) {
                throw ErrorAnswer.tooMany(retryAfterSeconds: seconds)
            }
            let view = try await OpenLink.run(token, in: web.context)
            language = view.language
            return try await body(token, view)
        } catch {
            let answer = ErrorAnswer(error)
            if answer.code == .notFound { web.countFailure(of: network) }
            state.log(answer, to: error)
            return answer.page(in: language)
        }
    }

    private struct DecisionForm: Decodable {
        /// The pledge to stop, and why.
        let pledge: String?
        let reason: String?
        /// The pledge to keep.
        let keep: String?
    }

    static let formMaximumBytes = 4 << 10

    /// The first segments of the pages' paths.
    static let folders = Set(FollowLink.Wish.allCases.map(\.rawValue) + ["manage", "bank"])
}

extension OpenLink.View {
    func page(_ title: PageText, _ content: Markup) -> Page {
        Page(
            language: language, newsroom: newsroom, title: language.text(title), content: content)
    }
}
