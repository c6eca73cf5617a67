/// A template file, parsed.
///
///     Subject: A reminder from {{newsroomName}}
///     Preheader: You can support us from {{minimum}} a month.
///
///     A paragraph, on one line or more.
///
///     [Support us]({{pledgeURL}})
///
/// A link is a paragraph of exactly this form. The file is split into blocks before any value is
/// inserted, so that no value can begin a paragraph or make a link.
struct TemplateSource {
    let file: String
    let subject: Fragment
    let preheader: Fragment
    let body: TemplateBody

    /// Throws `malformed`, also if the link is missing that such a mail must contain. In a discreet
    /// template neither heading may show a variable: the profile promises that no value appears on
    /// a lock screen.
    init(
        _ source: String, file: String, template: MailTemplate, profile: MailProfile
    ) throws(TemplateError) {
        self.file = file
        let lines = try templateLines(source, file: file)
        subject = try TemplateSource.heading("Subject", at: 0, lines, file, profile)
        preheader = try TemplateSource.heading("Preheader", at: 1, lines, file, profile)
        guard lines.count > 2, lines[2].isEmpty else {
            throw .malformed(file: file, line: 3, problem: "this line must be empty")
        }
        body = try TemplateBody(lines, from: 3, file: file)
        if let link = template.requiredLink, !body.linkTargets.contains(link) {
            throw .malformed(
                file: file, line: lines.count,
                problem: "the mail must contain a link to {{\(link.rawValue)}}")
        }
    }

    private static func heading(
        _ name: String, at index: Int, _ lines: [String], _ file: String, _ profile: MailProfile
    ) throws(TemplateError) -> Fragment {
        let prefix = "\(name): "
        guard index < lines.count, lines[index].hasPrefix(prefix) else {
            throw .malformed(
                file: file, line: index + 1, problem: "this line must be '\(prefix)…'")
        }
        let fragment = try Fragment(
            String(lines[index].dropFirst(prefix.count)), file: file, firstLine: index + 1)
        guard profile == .open || !fragment.usesVariables else {
            throw .malformed(
                file: file, line: index + 1,
                problem: "the \(name.lowercased()) of a discreet mail must not contain a variable")
        }
        return fragment
    }
}

/// The paragraphs and links of a template.
struct TemplateBody {
    private enum Block {
        case paragraph(Fragment)
        case link(label: Fragment, url: Fragment)
    }

    private let file: String
    private let blocks: [Block]

    /// A footer has no headings, and must show the sender's legal name and postal address.
    init(footer source: String, file: String) throws(TemplateError) {
        let lines = try templateLines(source, file: file)
        try self.init(lines, from: 0, file: file)
        for variable in [TemplateVariable.legalName, .postalAddress] where !shows(variable) {
            throw .malformed(
                file: file, line: lines.count,
                problem: "the footer must show {{\(variable.rawValue)}}")
        }
    }

    init(_ lines: [String], from first: Int, file: String) throws(TemplateError) {
        self.file = file
        var blocks: [Block] = []
        var index = first
        while index < lines.count {
            let end = lines[index...].firstIndex(of: "") ?? lines.endIndex
            if end > index {
                blocks.append(try TemplateBody.block(lines[index..<end], file: file))
            }
            index = end + 1
        }
        guard !blocks.isEmpty else {
            throw .malformed(file: file, line: lines.count, problem: "there is no text")
        }
        self.blocks = blocks
    }

    /// Returns the blocks with their values; a paragraph that becomes blank is left out.
    func render(
        _ values: [TemplateVariable: RenderedValue]
    ) throws(TemplateError) -> [RenderedBlock] {
        var rendered: [RenderedBlock] = []
        for block in blocks {
            switch block {
            case .paragraph(let fragment):
                let lines = try fragment.render(values, file: file)
                    .split(separator: "\n").map { String($0).trimmed }.filter { !$0.isEmpty }
                if !lines.isEmpty { rendered.append(.paragraph(lines)) }
            case .link(let label, let url):
                rendered.append(
                    .link(
                        label: try label.render(values, file: file),
                        url: try url.render(values, file: file)))
            }
        }
        return rendered
    }

    /// The variables to which links lead.
    var linkTargets: Set<TemplateVariable> {
        var targets: Set<TemplateVariable> = []
        for case .link(_, let url) in blocks { targets.formUnion(url.shownVariables) }
        return targets
    }

    private func shows(_ variable: TemplateVariable) -> Bool {
        blocks.contains { block in
            switch block {
            case .paragraph(let fragment): fragment.shownVariables.contains(variable)
            case .link(let label, _): label.shownVariables.contains(variable)
            }
        }
    }

    private static func block(
        _ lines: ArraySlice<String>, file: String
    ) throws(TemplateError) -> Block {
        let source = lines.joined(separator: "\n")
        let line = lines.startIndex + 1
        guard lines.count == 1, let link = source.wholeMatch(of: /\[([^\[\]]+)\]\(([^()]+)\)/)
        else { return .paragraph(try Fragment(source, file: file, firstLine: line)) }
        let url = String(link.2)
        let variable = url.wholeMatch(of: /\{\{(\w+)\}\}/).flatMap {
            TemplateVariable(rawValue: String($0.1))
        }
        guard variable?.isURL ?? isWebURL(url) else {
            throw .malformed(
                file: file, line: line,
                problem: "a link must lead to one variable that is a URL, or to an http "
                    + "or https URL")
        }
        return .link(
            label: try Fragment(String(link.1), file: file, firstLine: line),
            url: try Fragment(url, file: file, firstLine: line))
    }
}

/// A block of a mail, as plain text.
enum RenderedBlock {
    case paragraph([String])
    case link(label: String, url: String)
}

/// Returns the lines without spaces at their ends. A BOM is skipped; CRLF counts as LF. Throws
/// `malformed` for a control character.
private func templateLines(_ source: String, file: String) throws(TemplateError) -> [String] {
    let withoutMark = source.hasPrefix("\u{FEFF}") ? String(source.dropFirst()) : source
    let lines = withoutMark.replacing("\r\n", with: "\n")
        .split(separator: "\n", omittingEmptySubsequences: false).map { String($0).trimmed }
    for (index, line) in lines.enumerated() where line.hasControlCharacters {
        throw .malformed(
            file: file, line: index + 1, problem: "the line contains a control character")
    }
    return lines
}
