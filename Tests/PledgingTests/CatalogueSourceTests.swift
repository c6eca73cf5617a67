import Testing

@testable import Pledging

/// The file format in which translators write a catalogue.
@Suite struct CatalogueSourceTests {
    private func read(_ source: String) throws(CatalogueError) -> [String] {
        try catalogueEntries(source, file: "xx.txt").map { entry in
            "\(entry.line) \(entry.key): \(entry.text.filled { "<\($0)>" })"
        }
    }

    @Test func `a catalogue is read text by text, with the line of each key`() throws {
        let source = """
            # A comment, with = and {braces}.

            page.stop = Stop it
            a.B_2=x=y # no comment
            long =
                One line,
              and {another}.

            on =   one
                two
            # The text above is over.
            space = {nbsp}
            both = {a}{b}{a} end
            """
        #expect(
            try read(source) == [
                "3 page.stop: Stop it", "4 a.B_2: x=y # no comment",
                "5 long: One line, and <another>.", "9 on: one two", "12 space: \u{A0}",
                "13 both: <a><b><a> end",
            ])
        #expect(try read("").isEmpty)
    }

    @Test func `a file of another editor is read alike`() throws {
        let source = "a =\n    x\n    y\n\nb = z  \n   \nc = д\n"
        let expected = ["1 a: x y", "5 b: z", "7 c: д"]
        #expect(try read(source) == expected)
        #expect(try read("\u{FEFF}" + source.replacing("\n", with: "\r\n")) == expected)
    }

    @Test(arguments: [
        ("a = x\njust words", 2, "write 'key = text', or begin a comment with '#'"),
        ("= x", 1, "a key may contain only ASCII letters, digits, '.' and '_'"),
        ("a = x\nключ = x", 2, "a key may contain only ASCII letters, digits, '.' and '_'"),
        ("two words = x", 1, "a key may contain only ASCII letters, digits, '.' and '_'"),
        ("a = x\n\n# b\na = y", 4, "the key 'a' is on line 1 already"),
        ("a = x\n\n  y", 3, "an indented line continues a text, but there is no text above it"),
        ("  y", 1, "an indented line continues a text, but there is no text above it"),
        (
            "a = x\n# b\n  y", 3,
            "an indented line continues a text, but there is no text above it"
        ),
        ("a = x\n  # y", 2, "a comment must be on a line of its own that begins with '#'"),
        ("a = x\nb =\nc = y", 2, "there is no text after '='"),
        ("a = x\nb = ", 2, "there is no text after '='"),
        ("a = x\n\tb = y", 2, "the line contains a control character; indent with spaces"),
        ("a = x\u{1B}", 1, "the line contains a control character; indent with spaces"),
        ("a = {b", 1, "braces must enclose the name of a placeholder, like {amount}"),
        ("a =\n  x\n  b}", 3, "braces must enclose the name of a placeholder, like {amount}"),
        ("a = {{b}}", 1, "{{b} is not the name of a placeholder"),
        ("a = {}", 1, "{} is not the name of a placeholder"),
        ("a = {b c}", 1, "{b c} is not the name of a placeholder"),
        ("a = {имя}", 1, "{имя} is not the name of a placeholder"),
        ("a = {b\n  c}", 1, "braces must enclose the name of a placeholder, like {amount}"),
    ])
    func `a line that is wrong is named`(source: String, line: Int, problem: String) {
        let expected = CatalogueError.malformed(file: "xx.txt", line: line, problem: problem)
        #expect(throws: expected) { try read(source) }
    }

    @Test func `what is wrong is said in one line`() {
        let errors: [(CatalogueError, String)] = [
            (.absent(file: "xx.txt"), "texts xx.txt: this program was built without the file"),
            (.malformed(file: "xx.txt", line: 3, problem: "no"), "texts xx.txt, line 3: no"),
            (
                .missing(file: "xx.txt", keys: ["a", "b.one"]),
                "texts xx.txt: there is no text for a, b.one"
            ),
        ]
        for (error, line) in errors { #expect("\(error)" == line) }
    }
}
