import Foundation
import Mail
import Testing

@Suite struct TemplateOverrideTests {
    static let valid = """
        Subject: Hi from {{newsroomName}}
        Preheader: Hello

        One line
        and another.

        [Give](https://example.org/give)

        [Stop]({{unsubscribeURL}})
        """

    @Test func `a file replaces its template and no other`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("support_en_open.txt", Self.valid)
        let mail = try compose(.support, "en", .open, overrides: folder.path)
        #expect(mail.subject == "Hi from The Paper Boat")
        #expect(
            mail.text.hasPrefix(
                """
                One line
                and another.

                Give:
                https://example.org/give

                Stop:
                https://give.example/u/1

                -- \nPaper Boat
                """))
        let other = try compose(.support, "ru", .open, overrides: folder.path)
        #expect(try other == compose(.support, "ru", .open))
    }

    @Test func `a footer can be replaced`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("footer_en.txt", "{{legalName}}, {{postalAddress}}\n\nRegistered.")
        let mail = try compose(.support, "en", .open, overrides: folder.path)
        #expect(mail.text.contains("e.V., 1 Harbour Street, 10115 Berlin\n\nRegistered.\n"))
    }

    @Test func `a file may have a BOM and CRLF`() throws {
        let folder = try TemporaryFolder()
        let source = "\u{FEFF}" + Self.valid.replacing("\n", with: "\r\n") + "\r\n"
        _ = try folder.write("support_en_open.txt", source)
        let mail = try compose(.support, "en", .open, overrides: folder.path)
        #expect(mail.text.hasPrefix("One line\nand another.\n\nGive:"))
    }

    @Test func `overrides are read once`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("support_en_open.txt", Self.valid)
        let library = try TemplateLibrary(overridesFolder: folder.path)
        _ = try folder.write("support_en_open.txt", "broken")
        let mail = try library.compose(
            .support, languageTag: "en", profile: .open, values: try allValues())
        #expect(mail.preheader == "Hello")
    }

    @Test(arguments: [
        ("", 1, "this line must be 'Subject: …'"),
        ("Preheader: x\nSubject: y\n\nz", 1, "this line must be 'Subject: …'"),
        ("Subject: x\n\nz", 2, "this line must be 'Preheader: …'"),
        ("Subject:\nPreheader: x\n\nz", 1, "this line must be 'Subject: …'"),
        ("Subject: x\nPreheader: y\nz", 3, "this line must be empty"),
        ("Subject: x\nPreheader: y", 3, "this line must be empty"),
        ("Subject: x\nPreheader: y\n\n\n", 5, "there is no text"),
        ("Subject: {{nope}}\nPreheader: y\n\nz", 1, "{{nope}} is not a template variable"),
        ("Subject: x\nPreheader: y\n\na\nb {{Name}}", 5, "{{Name}} is not a template variable"),
        ("Subject: x\nPreheader: y\n\n{{{name}}}", 4, "{{{name}} is not a template variable"),
        ("Subject: x\nPreheader: y\n\n{{&name}}", 4, "{{&name}} is not a template variable"),
        ("Subject: x\nPreheader: y\n\n{{> file}}", 4, "{{> file}} is not a template variable"),
        (
            "Subject: x\nPreheader: y\n\n{{=<% %>=}}", 4,
            "{{=<% %>=}} is not a template variable"
        ),
        ("Subject: x\nPreheader: y\n\n{{name", 4, "a {{ has no closing }}"),
        (
            "Subject: x\nPreheader: y\n\na\n\nb\n{{#name}}c\n\nd{{/name}}", 7,
            "a section does not end within its paragraph"
        ),
        (
            "Subject: x\nPreheader: y\n\n{{#name}}\n{{/amount}}", 5,
            "a section's closing name differs from its opening name"
        ),
        (
            "Subject: x\nPreheader: y\n\n[x]({{name}})", 4,
            "a link must lead to one variable that is a URL, or to an http or https URL"
        ),
        (
            "Subject: x\nPreheader: y\n\n[x](javascript:1)", 4,
            "a link must lead to one variable that is a URL, or to an http or https URL"
        ),
        (
            "Subject: x\nPreheader: y\n\n[x](https://e.example/{{name}})", 4,
            "a link must lead to one variable that is a URL, or to an http or https URL"
        ),
        ("Subject: x\nPreheader: y\n\nz\u{1}", 4, "the line contains a control character"),
        ("Subject: x\nPreheader: y\n\nz", 4, "the mail must contain a link to {{unsubscribeURL}}"),
        (
            "Subject: x\nPreheader: y\n\nsee {{unsubscribeURL}}\n", 5,
            "the mail must contain a link to {{unsubscribeURL}}"
        ),
    ])
    func `a file that does not parse is refused with its line`(
        source: String, line: Int, problem: String
    ) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("support_en_open.txt", source)
        let path = folder.path
        let expected = TemplateError.malformed(
            file: "support_en_open.txt", line: line, problem: problem)
        #expect(throws: expected) { try TemplateLibrary(overridesFolder: path) }
        #expect("\(expected)".hasPrefix("template support_en_open.txt, line \(line): "))
    }

    @Test(arguments: [
        ("Subject: From {{newsroomName}}\nPreheader: y", 1, "subject"),
        ("Subject: x\nPreheader: {{#amount}}y{{/amount}}", 2, "preheader"),
    ])
    func `a discreet template keeps variables out of what lock screens show`(
        headings: String, line: Int, heading: String
    ) throws {
        let folder = try TemporaryFolder()
        let source = headings + "\n\nx\n\n[Stop]({{unsubscribeURL}})"
        _ = try folder.write("support_en_discreet.txt", source)
        let path = folder.path
        let expected = TemplateError.malformed(
            file: "support_en_discreet.txt", line: line,
            problem: "the \(heading) of a discreet mail must not contain a variable")
        #expect(throws: expected) { try TemplateLibrary(overridesFolder: path) }
    }

    @Test(arguments: [
        ("{{legalName}}", "the footer must show {{postalAddress}}"),
        (
            "x\n{{postalAddress}}\n{{#legalName}}y{{/legalName}}",
            "the footer must show {{legalName}}"
        ),
    ])
    func `a footer must say who writes and from where`(source: String, problem: String) throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("footer_ru.txt", source)
        let path = folder.path
        let lines = source.split(separator: "\n").count
        #expect(
            throws: TemplateError.malformed(file: "footer_ru.txt", line: lines, problem: problem)
        ) {
            try TemplateLibrary(overridesFolder: path)
        }
    }

    @Test func `a file that would never be used is refused`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("suport_en_open.txt", Self.valid)
        let path = folder.path
        #expect(throws: TemplateError.unknownFile("suport_en_open.txt")) {
            try TemplateLibrary(overridesFolder: path)
        }
    }

    @Test func `files that are not templates are left alone`() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("README.md", "{{")
        _ = try folder.write(".support_en_open.txt", "{{")
        let mail = try compose(.support, "en", .open, overrides: folder.path)
        #expect(try mail == compose(.support, "en", .open))
    }

    @Test func `what cannot be read is refused`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path
        let missing = "\(path)/missing"
        #expect(
            throws: TemplateError.unreadable(
                path: missing, problem: "the folder cannot be listed")
        ) {
            try TemplateLibrary(overridesFolder: missing)
        }
        let file = try folder.write(
            "support_en_open.txt", String(repeating: "x", count: 64 * 1_024 + 1))
        #expect(
            throws: TemplateError.unreadable(
                path: file, problem: "the file is larger than 65536 bytes")
        ) {
            try TemplateLibrary(overridesFolder: path)
        }
        try Data([0x53, 0xFF, 0xFE]).write(to: URL(fileURLWithPath: file))
        #expect(throws: TemplateError.unreadable(path: file, problem: "the file is not UTF-8")) {
            try TemplateLibrary(overridesFolder: path)
        }
    }
}
