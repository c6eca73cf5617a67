import Testing

@testable import Workflows

/// Reads a processor's lists page by page.
@Suite struct ProcessorPagesTests {
    @Test(
        arguments: [
            ([nil], [nil]), (["a", "b", nil], [nil, "a", "b"]),
            // The second page repeats its own cursor, so reading would never end.
            (["a", "a", "b", nil], [nil, "a"]),
        ] as [([String?], [String?])])
    func `each page is read once, until there is none or it does not move on`(
        _ answers: [String?], _ asked: [String?]
    ) async throws {
        var seen: [String?] = []
        try await Processors.eachPage { cursor in
            seen.append(cursor)
            return answers[seen.count - 1]
        }
        #expect(seen == asked)
    }
}
