import HTTPTypes
import Hummingbird
import Pledging

/// A page for a reader's browser: no script, nothing from other servers, not cached.
struct Page: Sendable {
    let language: Language
    let newsroom: String?
    let title: String
    let content: Markup
    var status = HTTPResponse.Status.ok
    var stylesheet = "/reader.css"
    /// Whether the answer to its form may lead to a page elsewhere. Browsers check that too, and
    /// also where that page leads: from the processor to any bank.
    var leadsElsewhere = false

    func response() -> Response {
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentLanguage: language.tag,
        ]
        for (name, value) in protections {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: markup.html)))
    }

    private var markup: Markup {
        """
        <!DOCTYPE html>
        <html lang="\(language.tag)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>\(title)</title>
        <link rel="stylesheet" href="\(stylesheet)">
        </head>
        <body>
        <main>
        \(newsroom.map { "<p class=\"who\">\($0)</p>" as Markup } ?? "")
        <h1>\(title)</h1>
        \(content)
        </main>
        </body>
        </html>

        """
    }

    /// The URL holds the link's secret, so browsers send no referrer and allow no frames, and
    /// search engines do not index the page.
    private var protections: KeyValuePairs<String, String> {
        [
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
                + "form-action 'self'\(leadsElsewhere ? " https:" : ""); base-uri 'none'; "
                + "frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
            "Cross-Origin-Opener-Policy": "same-origin",
        ]
    }

    static let style = """
        :root { color-scheme: light dark; }
        body { margin: 0; font: 1.125rem/1.5 system-ui, sans-serif; }
        main { max-width: 34rem; margin: 0 auto; padding: 2rem 1.25rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
        .who { margin: 0 0 1.5rem; opacity: .75; }
        form { margin: 1.25rem 0; }
        article { border: 1px solid; border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
        article h2 { font-size: 1.2rem; margin: 0; }
        article p { margin: .25rem 0 0; }
        label { display: block; margin: 0 0 .75rem; }
        select { display: block; width: 100%; margin-top: .25rem; }
        button, select { font: inherit; padding: .6rem 1rem; border-radius: .5rem; }
        button { border: 1px solid; cursor: pointer; min-height: 2.75rem; }

        """
}
