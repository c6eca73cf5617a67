import HTTPTypes
import Hummingbird
import Pledging
import Workflows

/// The page behind "Confirm at your bank": it shows what the bank asks about, and leads there. A
/// GET only shows, because mail scanners follow links. The bank sends the reader back here; that
/// proves nothing, so this page then states nothing either.
struct BankPage {
    let web: WebContext
    private var pages: ReaderPages { ReaderPages(web: web) }

    func add(to router: Router<RequestState>) {
        router.get("/bank/:token") { request, state in
            await pages.page(request, state) { token, view in
                let isBack = request.uri.queryParameters["from"] == "bank"
                return (isBack ? returned(view, token) : ask(view, token)).response()
            }
        }
        router.post("/bank/:token") { request, state in
            await pages.page(request, state) { token, view in
                try await confirm(request, token, view)
            }
        }
    }

    private func ask(_ view: OpenLink.View, _ token: String) -> Page {
        let language = view.language
        guard !view.atBank.isEmpty else {
            return view.page(
                .bank, "<p>\(language.text(.bankNothing))</p>\(manageLink(language, token))")
        }
        let list = Markup(joining: view.atBank.map { article($0, in: language) })
        var page = view.page(
            .bank, "<p>\(language.text(.bankWhat))</p>\(list)\(manageLink(language, token))")
        page.leadsElsewhere = true
        return page
    }

    private func article(_ question: BankQuestion, in language: Language) -> Markup {
        """
        <article>
        <h2>\(language.text(question.charge.amount))</h2>
        <p>\(language.text(.bankDue, question.charge.dueOn))</p>
        \(form(for: question, .bankGo, in: language))\
        <p>\(language.text(.bankEnds, question.endsOn))</p>
        </article>

        """
    }

    private func confirm(
        _ request: Request, _ token: String, _ view: OpenLink.View
    ) async throws -> Response {
        guard let text = try await pages.form(BankForm.self, of: request)?.charge else {
            throw ErrorAnswer.unreadable("charge", "send the page's own form")
        }
        guard let id = try? ID<Charge>(parsing: text) else {
            throw Problem(.notFound, "nothing has that id")
        }
        let answer = try await ConfirmAtBank.run(
            id, by: token, through: web.processors, in: web.context)
        let language = view.language
        let again = form(
            for: view.atBank.first { $0.charge.id == id }, .bankAgain, in: language)
        switch answer {
        case .askedAt(let url): return Response.seeOther(url)
        case .paid:
            return view.page(
                .bankPaid, "<p>\(language.text(.bankPaidWhat))</p>\(manageLink(language, token))"
            ).response()
        case .waits:
            var page = view.page(.bankWaits, "<p>\(language.text(.bankWaitsWhat))</p>\(again)")
            page.leadsElsewhere = true
            return page.response()
        case .declined(let reason):
            let why: Markup =
                reason == .unknown ? "" : "<p>\(language.text(reason))</p>"
            return view.page(.bankDeclined, "\(why)\(manageLink(language, token))").response()
        case .over: return ask(try await OpenLink.run(token, in: web.context), token).response()
        }
    }

    /// What a reader sees who comes from the bank. The button asks the processor; where the bank
    /// still waits, it leads there again.
    private func returned(_ view: OpenLink.View, _ token: String) -> Page {
        guard !view.atBank.isEmpty else { return ask(view, token) }
        let language = view.language
        let forms = view.atBank.map { form(for: $0, .bankAgain, in: language) }
        var page = view.page(
            .bankReturned,
            "<p>\(language.text(.bankReturnedWhat))</p>\(Markup(joining: forms))")
        page.leadsElsewhere = true
        return page
    }

    private func form(
        for question: BankQuestion?, _ button: PageText, in language: Language
    ) -> Markup {
        guard let question else { return "" }
        return """
            <form method="post">
            <input type="hidden" name="charge" value="\(question.charge.id.text)">
            <button>\(language.text(button))</button>
            </form>

            """
    }

    private func manageLink(_ language: Language, _ token: String) -> Markup {
        "<p><a href=\"/manage/\(token)\">\(language.text(.openManage))</a></p>"
    }

    private struct BankForm: Decodable {
        let charge: String
    }
}

extension Response {
    /// Leads to a page elsewhere, which does not learn where the reader came from.
    fileprivate static func seeOther(_ url: String) -> Response {
        var headers: HTTPFields = [.location: url, .cacheControl: "no-store"]
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        return Response(status: .seeOther, headers: headers)
    }
}
