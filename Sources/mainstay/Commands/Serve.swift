import ArgumentParser
import Pledging
import WebAPI
import Workflows

struct Serve: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer over HTTP: programs, processors, and who watches over the service.",
        discussion: """
            Until SIGTERM or SIGINT; requests in flight are answered. Jobs are not run by it: \
            leave 'mainstay run all' to cron or a timer. Put a proxy with TLS in front of it.
            """)
    @ParentCommand var root: Mainstay
    @Option(help: "The address to listen on.") var host = "127.0.0.1"
    @Option(help: "The port to listen on; 0 takes a free one.") var port = 8080

    func validate() throws {
        guard (0...65_535).contains(port) else {
            throw ValidationError("--port must be within 0 and 65535.")
        }
    }

    func run(_ session: Session) async throws {
        try await session.reachingProcessors { processors in
            let door = try session.webDoor(through: processors)
            let printer = session.printer
            let host = host
            try await WebService(door, host: host, port: port, logger: session.context.logger).run {
                printer.remark("listening on http://\(host):\($0)")
            }
        }
    }
}
