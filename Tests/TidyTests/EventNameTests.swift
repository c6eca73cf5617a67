import Testing

@Suite struct EventNameTests {
    /// Every event that outsiders may ever receive, by subject.
    private static let facts: [String: [Substring]] = [
        "supporter": words("created updated erased"),
        "payment_method": words("attached replaced expiring expired dead removed"),
        "pledge": words(
            "registered activated changed past_due paused resumed completed cancelled lapsed "
                + "abandoned revived"),
        "charge": words(
            "submitted pending succeeded declined action_required unknown held skipped cancelled "
                + "resolved refunded disputed dispute_closed extra_payment"),
        "reminder": words("scheduled queued sent skipped cancelled failed"),
        "webhook_endpoint": words("disabled"),
        "book": words("redacted"),
    ]
    private static let path = "Sources/Pledging/Entities/EventType.swift"

    private static let names = Set(
        facts.flatMap { subject, facts in facts.map { "\(subject).\($0)" } })

    private static func words(_ text: String) -> [Substring] { text.split(separator: " ") }

    @Test func `every event type is in the published list`() throws {
        let known = eventNames(in: try SourceTree.text(Self.path))
        #expect(!known.isEmpty)
        #expect(
            known.subtracting(Self.names) == [],
            "add it to `facts` here: events are published under these names only")
    }

    @Test func `a subject that has events has all of them`() throws {
        let known = eventNames(in: try SourceTree.text(Self.path))
        #expect(missing(known) == [], "add the missing event to EventType")
    }

    @Test func `events are named in EventType alone`() throws {
        for file in try SourceTree.files("Sources") where file.path != Self.path {
            let stray = eventNames(in: file.text)
            #expect(stray == [], "\(file.path): use the case of EventType instead of its text")
        }
    }

    @Test func `a stray or missing name is found`() {
        let text = "emit(\"pledge.vanished\"); open(\"pledge.txt\", \"a.pledge.lapsed\")"
        #expect(eventNames(in: text) == ["pledge.vanished", "pledge.txt"])
        #expect(eventNames(in: "// like pledge.registered\n\"pledge.\"") == [])
        #expect(missing(["supporter.created", "supporter.erased"]) == ["supporter.updated"])
    }

    private func missing(_ known: Set<String>) -> Set<String> {
        let subjects = Set(known.compactMap { $0.split(separator: ".").first })
        return Self.names.filter { name in
            subjects.contains(name.prefix { $0 != "." }) && !known.contains(name)
        }
    }

    /// The literals that look like an event: a subject, a dot, and a word.
    private func eventNames(in text: String) -> Set<String> {
        let literals = text.split(separator: "\"", omittingEmptySubsequences: false)
        return Set(
            literals.filter { literal in
                let parts = literal.split(separator: ".", omittingEmptySubsequences: false)
                return parts.count == 2 && Self.facts.keys.contains(String(parts[0]))
                    && !parts[1].isEmpty && parts[1].allSatisfy { $0.isLowercase || $0 == "_" }
            }.map(String.init))
    }
}
