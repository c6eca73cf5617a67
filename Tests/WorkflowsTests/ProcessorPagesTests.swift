import Testing

@testable import Workflows

/// Lists of a processor, page by page.
@Suite struct ProcessorPagesTests {
    @Test(
        arguments: [
            ([nil], [nil]), (["a", "b", nil], [nil, "a", "b"]),
            // The second says again where it began: it would be read for ever.
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
