import ArgumentParser
import Pledging
import Web
import Workflows

struct Serve: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve HTTP for programs, processors and readers, and run all jobs.",
        discussion: """
            Runs until SIGTERM or SIGINT, then answers requests in flight and lets jobs finish \
            their batch. Put a TLS proxy in front of it.
            """)
    @ParentCommand var root: Mainstay
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 picks a free one.") var port = 8080
    @Flag(help: "Run no jobs; use 'mainstay work', or 'mainstay run all' with a timer.")
    var noJobs = false

    func validate() throws { try checkPort(port) }

    func run(_ session: Session) async throws {
        let (metrics, host) = (session.serviceMetrics(), host)
        try await session.openDoor(counting: metrics) { web, processors in
            let listener = WebService.Listener(web, host: host, port: port) {
                session.printer.remark("listening on http://\(host):\($0)")
            }
            try await WebService(
                listener: listener,
                jobs: noJobs ? nil : session.jobLoop(through: processors, counting: metrics),
                logger: session.context.logger
            ).run()
        }
    }
}

struct Work: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run all jobs, each at its own interval, without serving HTTP.",
        discussion: """
            Runs until SIGTERM or SIGINT. Several may run on one database, also beside 'mainstay \
            serve': each job runs in one of them at a time.
            """)
    @ParentCommand var root: Mainstay
    @Option(
        help: """
            Serve /healthz, /readyz and /metrics on this port, to this machine only; 0 picks a \
            free one.
            """)
    var port: Int?

    func validate() throws { try port.map(checkPort) }

    func run(_ session: Session) async throws {
        let metrics = session.serviceMetrics()
        try await session.openDoor(counting: metrics) { web, processors in
            let host = "127.0.0.1"
            let listener = port.map { port in
                WebService.Listener(web, opening: .health, host: host, port: port) {
                    session.printer.remark(
                        "serving /healthz, /readyz and /metrics on http://\(host):\($0)")
                }
            }
            session.printer.remark("running jobs; 'mainstay status' shows them")
            try await WebService(
                listener: listener, jobs: session.jobLoop(through: processors, counting: metrics),
                logger: session.context.logger
            ).run()
        }
    }
}

private func checkPort(_ port: Int) throws {
    guard (0...65_535).contains(port) else {
        throw ValidationError("--port must be between 0 and 65535.")
    }
}

struct Status: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Show all jobs: last run, next run, what the last run did, and what is due.
            """)
    @ParentCommand var root: Mainstay
    @Option(
        help: """
            Exit with 1 if a job's last good run is longer ago than this, like 60m, and its own \
            cadence: for a monitor.
            """)
    var maxAge: Age?

    func run(_ session: Session) async throws {
        var list = session.printer.list([
            "job", "state", "outcome", "ended_at", "next_run_at", "due", "due_since", "failure",
            "did",
        ])
        for line in try await ReportStatus.run(in: session.context) { try list.add(line.json) }
        try list.finish()
        let open = try await ReportStatus.openAttention(in: session.context).values.reduce(0, +)
        if open > 0 {
            session.printer.remark(
                "\(open) thing(s) need a person: see 'mainstay attention list'.")
        }
        guard let maxAge else { return }
        let late = try await ReportStatus.late(by: maxAge.seconds, in: session.context)
        guard !late.isEmpty else { return }
        let jobs = late.map { job, doneAt in
            "\(job.rawValue) (\(doneAt.map { "last at \($0.rfc3339)" } ?? "never"))"
        }.joined(separator: ", ")
        throw Finding(
            code: ExitStatus.failed,
            line: "no good run for \(maxAge.text): \(jobs); is 'mainstay serve', 'work' or the "
                + "timer of 'run all' running?")
    }
}
