import ArgumentParser
import Pledging
import Web
import Workflows

struct Serve: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer over HTTP (programs, processors, readers), and run every job.",
        discussion: """
            Until SIGTERM or SIGINT; requests in flight are answered, jobs end their run. Put a \
            proxy with TLS in front of it.
            """)
    @ParentCommand var root: Mainstay
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port = 8080
    @Flag(help: "Leave the jobs to 'mainstay work', or to 'mainstay run all' and a timer.")
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
        abstract: "Run every job, each on its own cadence, and answer nobody.",
        discussion: """
            Until SIGTERM or SIGINT. Several may run on one database, beside 'mainstay serve' too: \
            each job is run by one of them at a time.
            """)
    @ParentCommand var root: Mainstay
    @Option(
        help: "Tell this machine, on this port, how it is: /healthz, /readyz, /metrics; 0 is free.")
    var port: Int?

    func validate() throws { try port.map(checkPort) }

    func run(_ session: Session) async throws {
        let metrics = session.serviceMetrics()
        try await session.openDoor(counting: metrics) { web, processors in
            let host = "127.0.0.1"
            let listener = port.map { port in
                WebService.Listener(web, opening: .health, host: host, port: port) {
                    session.printer.remark("telling how it is on http://\(host):\($0)")
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
        throw ValidationError("--port must be within 0 and 65535.")
    }
}

struct Status: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "What runs by itself: last run, next run, what it did, what is due.")
    @ParentCommand var root: Mainstay

    func run(_ session: Session) async throws {
        var list = session.printer.list([
            "job", "state", "outcome", "ended_at", "next_run_at", "due", "due_since", "failure",
            "did",
        ])
        for line in try await ReportStatus.run(in: session.context) { try list.add(line.json) }
        try list.finish()
    }
}
