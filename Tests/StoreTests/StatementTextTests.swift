import Foundation
import Testing

@testable import Store

/// The project's rules for SQL, read from the sources: one set of statements runs on both engines.
@Suite struct StatementTextTests {
    @Test func `parameters are first mentioned in their order`() throws {
        // SQLite numbers $1, $2 … by first appearance.
        let statements = try literals().filter(\.isStatement)
        #expect(statements.count > 50)
        for statement in statements {
            var seen: [Int] = []
            for match in statement.text.matches(of: #/\$(\d+)/#) {
                let number = try #require(Int(match.1))
                if !seen.contains(number) { seen.append(number) }
            }
            #expect(seen == Array(seen.indices.map { $0 + 1 }), "\(statement)")
        }
    }

    @Test(arguments: [
        "insert or ", "replace into", "now()", "strftime", "current_timestamp", "datetime(",
        "julianday", "unixepoch", "rowid", " like ", " ilike ", " glob ", "random()",
        "skip locked", "for update", "pragma", "ifnull", "group_concat", "string_agg",
        "true", "false", "\"", "?",
    ])
    func `every statement is understood by both engines`(words: String) throws {
        for literal in try literals() {
            let text = " \(literal.text.lowercased()) "
            #expect(!text.contains(words), "\(literal)")
        }
    }

    @Test func `no statement changes data inside a WITH`() throws {
        for literal in try literals() where literal.text.hasPrefix("WITH") {
            for word in ["INSERT", "UPDATE", "DELETE"] {
                #expect(!literal.text.contains(word), "\(literal)")
            }
        }
    }

    @Test func `a sum is cast, and is zero over nothing`() throws {
        for literal in try literals() where literal.text.contains("sum(") {
            #expect(
                literal.text.ranges(of: "sum(").count
                    == literal.text.ranges(of: "CAST(coalesce(sum(").count, "\(literal)")
        }
    }

    @Test func `a claim repeats its condition outside the subquery`() throws {
        let claims = try literals().filter {
            $0.text.hasPrefix("UPDATE") && $0.text.contains("LIMIT")
        }
        #expect(!claims.isEmpty)
        for claim in claims {
            let text = claim.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let inner = try #require(
                text.firstMatch(of: #/WHERE ((?:state|next_attempt_at) .*) ORDER BY/#))
            #expect(
                text.ranges(of: String(inner.1)).count == 2,
                """
                repeat the condition outside the subquery, or two PostgreSQL workers claim the \
                same rows: \(claim)
                """)
        }
    }

    @Test func `the reader of literals sees what Swift sees`() {
        let source = #"""
            // "not this"
            let a = "SELECT \(flag ? "$1" : "x\(y)") FROM t" // "nor this"
            let b = """
                UPDATE t SET "c" = $2
                """
            let c = "a\"b"
            """#
        #expect(
            LiteralReader.literals(in: source).map {
                $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            } == ["SELECT $1 x FROM t", "UPDATE t SET \"c\" = $2", "a\"b"])
    }

    private struct Literal: CustomStringConvertible {
        let file: String
        let text: String

        var isStatement: Bool {
            ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains { text.hasPrefix($0) }
        }
        var description: String { "\(file): \(text)" }
    }

    /// Statements that are in no literal, because a list of columns makes them.
    private var generated: [Literal] {
        GeneratedStatements.ofEntities.flatMap { generated in
            generated.all.map { Literal(file: "columns of \(generated.table)", text: $0) }
        } + [
            Literal(file: "columns of risk_policies", text: StoredRiskPolicy.columns.upsert.sql)
        ]
    }

    private func literals() throws -> [Literal] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/Store/Statements")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".swift") }
        #expect(files.count > 10)
        return try files.flatMap { file in
            let source = try String(
                contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            return LiteralReader.literals(in: source).map { text in
                Literal(file: file, text: text.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        } + generated
    }
}
