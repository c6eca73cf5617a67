import Mustache

/// A piece of a template that Mustache renders in one step: a heading line, a paragraph, a label.
///
/// Only variables, sections, inverted sections and comments are accepted. Mustache's other tags
/// would read files, call code or, if unknown, render as nothing.
struct Fragment {
    private let template: MustacheTemplate
    private let uses: [VariableUse]

    /// Throws `malformed` if the source cannot be parsed; `firstLine` is the line of `file` on
    /// which it begins.
    init(_ source: String, file: String, firstLine: Int) throws(TemplateError) {
        uses = try variableUses(source, file: file, firstLine: firstLine)
        do {
            // By default Mustache escapes for HTML; here the text is plain and escaped later.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + source)
        } catch let error as MustacheTemplate.ParserError {
            throw .malformed(
                file: file, line: firstLine + error.context.lineNumber - 1,
                problem: explanation(error.error))
        } catch {
            throw .malformed(file: file, line: firstLine, problem: "\(error)")
        }
    }

    var usesVariables: Bool { !uses.isEmpty }

    /// The variables whose text appears, perhaps only when their sections do.
    var shownVariables: Set<TemplateVariable> {
        Set(uses.filter { !$0.isSection }.map(\.variable))
    }

    /// Returns the plain text. Throws `missingValue` for a variable that is shown but has no value,
    /// and `unsuitableValue` for a flag that is shown.
    func render(
        _ values: [TemplateVariable: RenderedValue], file: String
    ) throws(TemplateError) -> String {
        for use in uses where !use.isSection && use.isReached(values) {
            switch values[use.variable] {
            case .text: break
            case .flag:
                throw .unsuitableValue(
                    variable: use.variable.rawValue, problem: "a flag has no text to show")
            case nil: throw .missingValue(file: file, variable: use.variable.rawValue)
            }
        }
        var object: [String: any Sendable] = [:]
        for (variable, value) in values { object[variable.rawValue] = value.mustacheValue }
        return template.render(object)
    }
}

/// One tag that names a variable, and the sections around it.
private struct VariableUse {
    let variable: TemplateVariable
    let isSection: Bool
    let sections: [OpenSection]

    func isReached(_ values: [TemplateVariable: RenderedValue]) -> Bool {
        sections.allSatisfy { section in
            (values[section.variable]?.isPresent ?? false) != section.isInverted
        }
    }
}

private struct OpenSection {
    let variable: TemplateVariable
    let isInverted: Bool
}

private func variableUses(
    _ source: String, file: String, firstLine: Int
) throws(TemplateError) -> [VariableUse] {
    var uses: [VariableUse] = []
    var sections: [OpenSection] = []
    var rest = source[...]
    while let opening = rest.firstRange(of: "{{") {
        let line = firstLine + source[..<opening.lowerBound].count { $0 == "\n" }
        rest = rest[opening.upperBound...]
        guard let closing = rest.firstRange(of: "}}") else {
            throw .malformed(file: file, line: line, problem: "a {{ has no closing }}")
        }
        let tag = String(rest[..<closing.lowerBound])
        rest = rest[closing.upperBound...]
        guard tag.first != "!" else { continue }
        let isSection = tag.hasPrefix("#") || tag.hasPrefix("^")
        let isEnd = tag.hasPrefix("/")
        let name = (isSection || isEnd ? String(tag.dropFirst()) : tag).trimmed
        guard let variable = TemplateVariable(rawValue: name) else {
            throw .malformed(
                file: file, line: line, problem: "{{\(tag)}} is not a template variable")
        }
        if isEnd {
            _ = sections.popLast()
            continue
        }
        uses.append(VariableUse(variable: variable, isSection: isSection, sections: sections))
        if isSection {
            sections.append(OpenSection(variable: variable, isInverted: tag.hasPrefix("^")))
        }
    }
    return uses
}

private func explanation(_ error: any Error) -> String {
    switch error as? MustacheTemplate.Error {
    case .sectionCloseNameIncorrect: "a section's closing name differs from its opening name"
    case .expectedSectionEnd: "a section does not end within its paragraph"
    case .unfinishedName: "a {{tag}} is incomplete"
    case .invalidSetDelimiter, .transformAppliedToInheritanceSection,
        .illegalTokenInsideInheritSection, .textInsideInheritSection,
        .invalidConfigVariableSyntax, .unrecognisedConfigVariable, nil:
        "\(error)"
    }
}
