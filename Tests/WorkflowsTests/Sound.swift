import TestSupport
import Testing

/// The doctor finds nothing wrong, and events of every subject are 1…version without gaps.
func expectSound(
    _ test: TestBook, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let faults = try await test.faults()
    #expect(faults.isEmpty, sourceLocation: sourceLocation)
}
