import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ReportStatusTests {
    private func line(_ job: Job, in test: TestBook) async throws -> ReportStatus.Line {
        let lines = try await ReportStatus.run(in: test.context())
        #expect(lines.map(\.job) == Job.allCases)
        return try #require(lines.first { $0.job == job })
    }

    private func run(_ job: Job, in test: TestBook, _ work: @escaping RunJobs.Work) async throws {
        _ = await RunJobs.turn(job, work, at: .oneTurn, in: try test.context())
    }

    @Test func `what never ran says so, and what is due is counted all the same`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        try await test.bill(through: test.processor(.succeed))
        let mail = try await line(.mail, in: test)
        #expect(mail.standing == nil && !mail.isRunning && mail.backlog?.count == 1)
        #expect(
            mail.json.text == """
                {"job":"mail","state":"never run","due":1,\
                "due_since":"2026-11-22T12:00:00.000Z"}
                """)
    }

    @Test func `how the last run ended is told with what it did`() async throws {
        let test = try await TestBook()
        try await run(.mail, in: test) { _, _ in ["sent": .integer(2)] }
        let mail = try await line(.mail, in: test)
        #expect(
            mail.json.text == """
                {"job":"mail","state":"waiting","outcome":"done",\
                "started_at":"2026-11-22T12:00:00.000Z","ended_at":"2026-11-22T12:00:00.000Z",\
                "done_at":"2026-11-22T12:00:00.000Z",\
                "next_run_at":"2026-11-22T12:00:15.000Z","failures_in_row":0,\
                "did":{"sent":2},"due":0}
                """)
        try await run(.seal, in: test) { _, _ in throw Problem(.conflict, "no") }
        let seal = try await line(.seal, in: test)
        #expect(seal.standing?.failure == "no" && seal.json.text.contains(#""outcome":"failed""#))
    }

    @Test func `what is running is shown as running`() async throws {
        let test = try await TestBook()
        try await run(.retention, in: test) { _, _ in
            let retention = try await self.line(.retention, in: test)
            #expect(retention.isRunning)
            return nil
        }
        let retention = try await line(.retention, in: test)
        #expect(!retention.isRunning)
    }
}
