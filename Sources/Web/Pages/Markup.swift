import Pledging

/// HTML. Every interpolated text is escaped, unless it is `Markup` itself.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    let html: String

    init(html: String) { self.html = html }
    init(stringLiteral value: String) { html = value }
    init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

    init(joining parts: [Markup]) { html = parts.map(\.html).joined() }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var html = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            html.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { html += literal }
        mutating func appendInterpolation(_ markup: Markup) { html += markup.html }

        mutating func appendInterpolation(_ text: String) { html += text.escapedForHTML }
    }
}
