import HTTPTypes
import Hummingbird
import Pledging

/// The reference for people, made from the same operations as `/openapi.json`: one page without
/// script, which can be read offline once it is loaded.
enum ReferencePage {
    static let response: Response = {
        var response = Page(
            language: .english, newsroom: nil, title: "Mainstay: the HTTP API", content: content,
            stylesheet: "/docs.css"
        ).response()
        response.headers[.cacheControl] = "public, max-age=300"
        return response
    }()

    private static var content: Markup {
        """
        <p>The API for programs; also available as \
        <a href="/openapi.json">OpenAPI 3.1</a>.</p>
        \(basics)
        <h2 id="operations">Operations</h2>
        <ul class="index">\(Markup(joining: OperationTable.all.map(entry)))</ul>
        \(Markup(joining: OperationTable.all.map(section)))
        <h2 id="shapes">Objects</h2>
        \(Markup(joining: shapes.map(section)))
        """
    }

    private static let basics: Markup = """
        <h2 id="basics">Common rules</h2>
        <dl>
        <dt>Token</dt><dd><code>Authorization: Bearer mst_…</code>, made by \
        <code>mainstay token create --name website --scopes pledges:write</code>; the token \
        needs the scope named with each operation.</dd>
        <dt>Requests</dt><dd>JSON in UTF-8 with <code>Content-Type: application/json</code>. \
        Unknown members are refused by name, never ignored.</dd>
        <dt>Amounts</dt><dd><code>{"amount":"5.00","currency":"USD"}</code>: decimals as text, \
        never floats.</dd>
        <dt>Repetition</dt><dd>A creating request with an <code>Idempotency-Key</code> of your \
        choice is carried out once, however often it is sent; each repetition gets the same \
        bytes.</dd>
        <dt>Changes</dt><dd>Answers have an <code>ETag</code>. Sent back as <code>If-Match</code>, \
        it allows a change only if nobody else has changed the object meanwhile; otherwise \
        412.</dd>
        <dt>Lists</dt><dd>Oldest first, in pages: pass the value of <code>next</code> as \
        <code>after</code> to get the next page; it is null on the last.</dd>
        <dt>Errors</dt><dd>RFC 9457: <code>code</code> is for programs; <code>detail</code> says \
        what to do; <code>field</code> names what is wrong. 429 has <code>Retry-After</code>, \
        and so has 503 if the time is known.</dd>
        </dl>
        """

    // MARK: Operations

    private static func entry(_ operation: Operation) -> Markup {
        """
        <li><a href="#\(operation.name)"><code>\(title(operation))</code></a></li>

        """
    }

    private static func title(_ operation: Operation) -> String {
        "\(operation.method.rawValue) \(operation.path)"
    }

    private static func section(_ operation: Operation) -> Markup {
        """
        <section id="\(operation.name)">
        <h3><code>\(title(operation))</code></h3>
        <p>\(operation.summary)</p>
        <p class="facts">Scope <code>\(operation.scope.rawValue)</code>\(facts(operation)). \
        Answers \(String(operation.status.code)) with \(answer(operation.answer)).</p>
        \(table("Query", operation.query))
        \(table("Body", operation.body ?? []))
        </section>

        """
    }

    private static func facts(_ operation: Operation) -> Markup {
        var facts: Markup = ""
        if operation.isCreating { facts = "\(facts); takes <code>Idempotency-Key</code>" }
        if operation.isChanging { facts = "\(facts); takes <code>If-Match</code>" }
        if operation.takesCSV { facts = "\(facts); takes <code>text/csv</code>" }
        return facts
    }

    private static func answer(_ shape: Shape) -> Markup {
        guard shape.streams.isEmpty else { return "rows in the given <code>format</code>" }
        let name: Markup = "<a href=\"#shape-\(shape.name)\">\(shape.name)</a>"
        return shape.isPage ? "a page of \(name)" : name
    }

    // MARK: Objects

    private static var shapes: [Shape] {
        var shapes: [Shape] = []
        for shape in OperationTable.all.map(\.answer)
        where shape.streams.isEmpty && !shapes.contains(where: { $0.name == shape.name }) {
            shapes.append(shape)
        }
        return shapes + [Shape(name: "Problem", fields: ErrorAnswer.documentFields)]
    }

    private static func section(_ shape: Shape) -> Markup {
        """
        <section id="shape-\(shape.name)">
        <h3>\(shape.name)</h3>
        \(table("Members", shape.fields))
        </section>

        """
    }

    private static func table(_ caption: String, _ fields: [Field]) -> Markup {
        guard !fields.isEmpty else { return "" }
        return """
            <table><caption>\(caption)</caption>
            \(Markup(joining: rows(fields, "")))</table>
            """
    }

    private static func rows(_ fields: [Field], _ path: String) -> [Markup] {
        fields.flatMap { field in
            let name = path + field.name
            let need: Markup = field.isRequired ? "" : "<span class=\"maybe\">optional</span>"
            let row: Markup = """
                <tr><th scope="row"><code>\(name)</code></th>
                <td>\(field.kind.words) \(need)</td><td>\(field.summary)</td></tr>

                """
            return [row] + rows(field.kind.members, name + ".")
        }
    }

    static let style = """
        :root { color-scheme: light dark; }
        body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
        main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem; }
        h1 { font-size: 1.8rem; margin: 0 0 1rem; }
        h2 { margin: 2.5rem 0 .75rem; }
        h3 { margin: 0 0 .25rem; font-size: 1.05rem; overflow-wrap: anywhere; }
        dt { font-weight: 600; margin-top: .5rem; }
        dd { margin: 0; }
        section { border-top: 1px solid #8886; padding: 1rem 0; }
        section p { margin: .25rem 0; }
        .facts, .maybe { opacity: .75; }
        .index { columns: 2 20rem; padding: 0; list-style: none; overflow-wrap: anywhere; }
        table { border-collapse: collapse; width: 100%; margin: .75rem 0 0; font-size: .95rem; }
        caption { text-align: left; font-weight: 600; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
        th { font-weight: 400; width: 30%; overflow-wrap: anywhere; }
        td:nth-child(2) { width: 30%; }

        """
}

extension Field.Kind {
    /// The values it takes, in a few words.
    fileprivate var words: String {
        switch self {
        case .text(let maximum): "text, up to \(maximum) characters"
        case .id(let prefix): "id, \(prefix)_…"
        case .date: "date"
        case .month: "month, like 2026-12"
        case .time: "RFC 3339 time"
        case .integer(let range):
            range.upperBound >= 1_000_000
                ? "whole number from \(range.lowerBound)"
                : "whole number, \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): words.joined(separator: ", ")
        case .list(let kind): "list of: \(kind.words)"
        case .object: "object"
        case .any: "anything"
        }
    }

    fileprivate var members: [Field] {
        switch self {
        case .object(let fields): fields
        case .list(let kind): kind.members
        case .text, .id, .date, .month, .time, .integer, .boolean, .choice, .any: []
        }
    }
}
