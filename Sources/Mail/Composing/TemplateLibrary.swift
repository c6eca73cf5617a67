import Pledging

// The variables that a template may name. A variable that is shown must have a value, except inside
// its own section ({{#name}}…{{/name}}). `support` always needs legalName and postalAddress, and
// must link to unsubscribeURL; every other mail to a reader must link to manageURL.
//
//   variable        value     what it is
//   newsroomName    text      the newsroom as readers know it; open templates show it
//   legalName       text      the sender's legal name, in the footer
//   postalAddress   text      the sender's postal address, in the footer
//   name            text      the reader's name; may be absent
//   amount          money     the amount charged, before or after (or recurringMoney)
//   minimum         money     the least monthly pledge; the template adds "a month"
//   nextChargeOn    date      the day of that charge, or of the next one; may be absent
//   pausedUntil     date      the day on which giving resumes
//   expires         month     the last month of a payment method
//   everyMonths     months    how often a recurring reminder comes; may be absent in `support`
//   remindOn        date      the first day of a recurring reminder
//   paidOn          date      when a payment arrived
//   endsOn          date      the day on which giving ends if nothing is paid
//   periods         months    how many months one payment is for; absent for one
//   monthly         money     that payment per month; absent for one month
//   year            text      the year that a yearly receipt is about
//   payments        text      how many payments the yearly receipt sums up
//   declineReason   text      why a payment did not go through, one of six
//   retries         flag      the payment is tried again automatically
//   pledgeURL       url       the page to give on
//   manageURL       url       the reader's own page
//   actionURL       url       the page on which the reader confirms for the bank
//   confirmURL      url       confirms a recurring reminder
//   unsubscribeURL  url       stops `support` mails

/// All templates, built in or replaced by files. They are parsed once.
package struct TemplateLibrary: Sendable {
    private var templates: [String: TemplateSource] = [:]
    private var footers: [String: TemplateBody] = [:]

    /// Reads the built-in templates and, from `overridesFolder`, the `.txt` files that replace them
    /// one by one under the same names.
    ///
    /// Throws `unreadable` for a folder or file that cannot be read, `unknownFile` for a `.txt`
    /// file that replaces nothing, and `malformed` with file and line.
    package init(overridesFolder: String?) throws(TemplateError) {
        let overrides = try TemplateOverrides(folder: overridesFolder)
        for language in Language.allCases {
            let footer = footerFile(language)
            footers[footer] = try TemplateBody(
                footer: try overrides.source(of: footer), file: footer)
            for template in MailTemplate.allCases {
                for profile in MailProfile.allCases {
                    let file = templateFile(template, language, profile)
                    templates[file] = try TemplateSource(
                        try overrides.source(of: file), file: file, template: template,
                        profile: profile)
                }
            }
        }
    }

    /// Returns the texts of a mail in the language of `languageTag` (English if it is unknown).
    /// `paragraphs`, each a list of lines, follow the template's own.
    ///
    /// Throws `missingValue` if a variable that is shown or required has no value, and
    /// `unsuitableValue` for a value that cannot be used or that no template has.
    package func compose(
        _ template: MailTemplate, languageTag: String?, profile: MailProfile,
        values: [String: TemplateValue], paragraphs: [[String]] = []
    ) throws(TemplateError) -> ComposedMail {
        let language = Language(tag: languageTag)
        let file = templateFile(template, language, profile)
        guard let source = templates[file], let footer = footers[footerFile(language)] else {
            throw .unknownFile(file)
        }
        let rendered = try renderedValues(values, language)
        for variable in template.requiredFooterVariables where rendered[variable] == nil {
            throw .missingValue(file: file, variable: variable.rawValue)
        }
        let subject = try source.subject.render(rendered, file: file).trimmed
        let preheader = try source.preheader.render(rendered, file: file).trimmed
        let blocks =
            try source.body.render(rendered)
            + paragraphs.map { lines in .paragraph(lines.map { singleLine($0) }) }
        let footerBlocks = try footer.render(rendered)
        return ComposedMail(
            subject: subject, preheader: preheader,
            text: textLayout(blocks, footer: footerBlocks),
            html: htmlLayout(
                subject: subject, preheader: preheader, blocks, footer: footerBlocks, language),
            language: language)
    }

    private func renderedValues(
        _ values: [String: TemplateValue], _ language: Language
    ) throws(TemplateError) -> [TemplateVariable: RenderedValue] {
        var rendered: [TemplateVariable: RenderedValue] = [:]
        for (name, value) in values {
            guard let variable = TemplateVariable(rawValue: name) else {
                throw .unsuitableValue(variable: name, problem: "templates have no such variable")
            }
            if variable.isURL {
                guard case .url = value else {
                    throw .unsuitableValue(variable: name, problem: "it must be given as a URL")
                }
            }
            rendered[variable] = try RenderedValue(value, variable, language)
        }
        return rendered
    }
}

func templateFile(
    _ template: MailTemplate, _ language: Language, _ profile: MailProfile
) -> String {
    "\(template.rawValue)_\(language.tag)_\(profile.rawValue).txt"
}

func footerFile(_ language: Language) -> String { "footer_\(language.tag).txt" }
