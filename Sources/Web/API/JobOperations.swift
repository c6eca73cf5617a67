import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let jobs: [Operation] = [
        Operation(
            name: "listJobs", method: .get, path: "/v1/jobs",
            summary: """
                All jobs: last run, next run, what the last run did, and what is due.
                """,
            scope: .jobsRead, query: [], answer: .job.page
        ) { call in
            .page(try await ReportStatus.run(in: call.context).map(\.json), next: nil)
        }
    ]
}

extension Shape {
    static let job = Shape(
        name: "Job",
        fields: [
            Field("job", .choices(Job.self), isRequired: true),
            Field("state", .text(), isRequired: true, "running, waiting or never run."),
            Field("outcome", .text(), "done or failed: how the last run ended."),
            Field("started_at", .time), Field("ended_at", .time),
            Field("done_at", .time, "When a run last ended without an error."),
            Field("next_run_at", .time),
            Field("failures_in_row", .integer(0...1_000_000)), Field("failure", .text()),
            Field("did", .any, "The counts of the last run that did something."),
            Field("due", .integer(0...1_000_000_000)),
            Field("due_since", .time, "When the oldest due item became due."),
        ])
}
