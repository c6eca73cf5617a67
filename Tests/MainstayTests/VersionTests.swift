import Testing

@testable import mainstay

@Suite struct VersionTests {
    @Test func `the version has three numbers`() {
        #expect(Mainstay.version.split(separator: ".").count == 3)
    }
}
