import TestSupport
import Testing

/// Expects that the doctor finds nothing wrong, and that events of every subject are 1…version
/// without gaps.
func expectSound(
    _ test: TestBook, sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let faults = try await test.faults()
    #expect(faults.isEmpty, sourceLocation: sourceLocation)
}
