import Testing
import Workflows

@Suite struct ProblemTests {
    @Test(arguments: [
        (Problem(.conflict, "no"), "no"),
        (Problem(.unavailable, field: .mailFrom, "is empty"), "mail.from: is empty"),
        (Problem(.invalid, field: .setting("x.y"), "is empty"), "x.y: is empty"),
        (Problem(.invalid, field: .collectEvery, "is no number"), "collectEvery: is no number"),
    ])
    func `a log line names a setting as the settings file does`(
        problem: Problem, text: String
    ) {
        #expect(problem.description == text)
    }
}
