import Testing

/// Table columns are aligned by displayed width, in every script.
@Suite struct TableTests {
    /// Names on whose width terminals agree. For Devanagari or a soft hyphen they do not.
    private static let names = [
        "Ann", "Ольга Щёголева", "山田太郎", "ひらがな カタカナ", "김철수", "נועה כהן", "ნინო ბერიძე",
        "Zoé L’Hermite", "Zoe\u{301} e\u{301}e\u{308}\u{323}", "Nguye\u{302}\u{303}n",
        "ｆｕｌｌ ｗｉｄｔｈ", "ﾊﾝｶｸ", "สวัสดี ครับ", "Ann 👍", "Ann 👩‍👩‍👧", "Ann ❤️", "ﷺ", "𝔄𝔫𝔫",
        "a\u{200B}b", "각",
    ]

    @Test(.enabled(if: pythonHas("wcwidth"), "needs Python's wcwidth"))
    func `every column begins where Python's wcwidth says it does`() throws {
        let site = try Site.withBook()
        for (number, name) in Self.names.enumerated() {
            try site.succeed(
                "supporter add --email reader\(number)@example.org --country DE --locale de --name",
                name)
        }
        try site.write("table.txt", try site.succeed("supporter list").output)
        let lines = try site.python(
            "table_columns.py", [site.file("table.txt"), "LOCALE", "COUNTRY", "CREATED AT"])
        #expect(lines == "\(Self.names.count + 1)\n")
        try site.write("report.txt", try site.succeed("report supporters --format table").output)
        let rows = try site.python(
            "table_columns.py", [site.file("report.txt"), "LOCALE", "COUNTRY", "CREATED AT"])
        #expect(rows == "\(Self.names.count + 1)\n")
    }

    @Test func `an empty list is empty`() throws {
        let site = try Site.withBook()
        #expect(try site.succeed("pledge list").output.isEmpty)
        #expect(try site.succeed("--json pledge list").output.isEmpty)
    }

    @Test func `one person is shown with all that hangs on them`() throws {
        let site = try Site.withBook()
        try site.importActivePledge()
        let lines = try site.succeed("supporter show active@example.org").lines
        #expect(lines.contains("email       active@example.org"))
        #expect(lines.contains("pledge") && lines.contains("payment method"))
        #expect(lines.contains { $0.hasPrefix("  amount ") && $0.hasSuffix(" 5.00 USD") })
        #expect(!lines.contains { $0.contains("tok_active") })
    }
}
