import Testing

@Suite struct CodeTextTests {
    @Test(arguments: [
        ("a // b", "a     "), ("a /* b /* c */ d */ e", "a                   e"),
        ("let x = \"try!\" + y", "let x = \"    \" + y"), ("\"\\\"try!\" z", "\"      \" z"),
        ("#\"a\"b\"# c", "#\"   \"# c"), ("\"// no\" d", "\"     \" d"),
        ("\"a \\(b(\"c\") + d) e\" f", "\"   (b(\" \") + d)  \" f"),
        ("\"\"\"\n  \"a\"\n  \"\"\" g", "\"\"\"\n     \n  \"\"\" g"),
    ])
    func `comments and literals are blanked, code stays`(text: String, code: String) {
        #expect(codeText(text) == code)
    }

    @Test func `every file keeps its lines`() throws {
        for file in try SourceTree.files("Sources") {
            #expect(file.codeLines.count == file.lines.count, "\(file.path)")
        }
    }
}
