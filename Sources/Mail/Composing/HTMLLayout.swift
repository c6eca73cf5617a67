import Pledging

/// Returns the HTML part. It loads nothing and sets no colours except the button's and the rule's,
/// so that mailboxes in dark mode keep their own. All inserted text is escaped.
func htmlLayout(
    subject: String, preheader: String, _ blocks: [RenderedBlock], footer: [RenderedBlock],
    _ language: Language
) -> String {
    var isFirstLink = true
    var body = ""
    for block in blocks {
        switch block {
        case .paragraph(let lines): body += paragraph(lines, style: paragraphStyle)
        case .link(let label, let url):
            body += link(label, url, style: isFirstLink ? buttonStyle : linkStyle)
            isFirstLink = false
        }
    }
    return """
        <!DOCTYPE html>
        <html lang="\(language.tag)" dir="ltr">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="supported-color-schemes" content="light dark">
        <title>\(subject.escapedForHTML)</title>
        </head>
        <body style="margin:0;padding:0">
        <div style="display:none;max-height:0;overflow:hidden;mso-hide:all">\
        \(preheader.escapedForHTML)</div>
        <div lang="\(language.tag)" dir="ltr" style="\(columnStyle)">
        \(body)\(footerHTML(footer))</div>
        </body>
        </html>

        """
}

private func footerHTML(_ blocks: [RenderedBlock]) -> String {
    guard !blocks.isEmpty else { return "" }
    let content = blocks.map { block in
        switch block {
        case .paragraph(let lines): paragraph(lines, style: footerStyle)
        case .link(let label, let url): link(label, url, style: footerStyle)
        }
    }
    return "<hr style=\"\(ruleStyle)\">\n" + content.joined()
}

private func paragraph(_ lines: [String], style: String) -> String {
    "<p style=\"\(style)\">\(lines.map(\.escapedForHTML).joined(separator: "<br>\n"))</p>\n"
}

private func link(_ label: String, _ url: String, style: String) -> String {
    "<p style=\"\(paragraphStyle)\">"
        + "<a href=\"\(url.escapedForHTML)\" style=\"\(style)\">\(label.escapedForHTML)</a></p>\n"
}

// Styles are inline, because some mailboxes drop style sheets. White on this blue has a contrast of
// 6.3 (WCAG AA).
private let columnStyle =
    "max-width:560px;margin:0 auto;padding:24px 16px;"
    + "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;"
    + "font-size:16px;line-height:1.5"
private let paragraphStyle = "margin:0 0 16px"
private let footerStyle = "margin:0 0 8px;font-size:13px"
private let linkStyle = "text-decoration:underline"
private let buttonStyle =
    "display:inline-block;padding:12px 20px;border-radius:6px;background:#1a5fb4;color:#ffffff;"
    + "text-decoration:none;font-weight:bold"
private let ruleStyle = "border:0;border-top:1px solid #888888;margin:24px 0 16px"
