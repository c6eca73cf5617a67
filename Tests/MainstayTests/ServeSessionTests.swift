import Foundation
import Glibc
import TestSupport
import Testing

/// The service as a newsroom runs it.
@Suite struct ServeSessionTests {
    private static let pledge = """
        {"supporter":{"email":"reader@example.org"},"interval":"month",\
        "amount":{"amount":"5.00","currency":"USD"},"payment_method":{"token":"tok_1"}}
        """
    private static let jobs = 9

    /// Waits until every job has run and ended by itself.
    private func waitForJobs(at site: Site) throws {
        for _ in 0..<300 {
            let outcomes = try site.answers("status").map { $0["outcome"] }
            if outcomes == Array(repeating: "done", count: Self.jobs) { return }
            usleep(100_000)
        }
        throw Unexpected(try site.succeed("status").text)
    }

    @Test func `it answers, runs the jobs, and ends cleanly on SIGTERM`() throws {
        let site = try Site.withBook()
        let token = try #require(
            try site.answer("token create --name site --scopes pledges:write,jobs:read")["token"])
        let served = try Served(at: site)
        #expect(try served.ask("GET", "/healthz").hasPrefix("200"))
        #expect(try served.ask("GET", "/readyz").contains(#""status":"ready""#))
        let made = try served.ask("POST", "/v1/pledges", Self.pledge, token, "k-1")
        #expect(made.hasPrefix("201"), "\(made)")
        #expect(try served.ask("POST", "/v1/pledges", Self.pledge, token, "k-1") == made)
        try waitForJobs(at: site)
        #expect(try served.ask("GET", "/v1/jobs", "", token).hasPrefix("200"))
        let ending = try served.stop()
        #expect(ending.code == 0 && ending.complaint.contains("listening on"))
        #expect(try site.answers("pledge list").count == 1)
        #expect(try site.run("doctor").code == 0)
    }

    @Test func `serve with --no-jobs runs no job, and work runs them without the API`() throws {
        let site = try Site.withBook()
        let served = try Served("serve --no-jobs", at: site)
        #expect(try served.ask("GET", "/readyz").hasPrefix("200"))
        #expect(try site.answers("status").allSatisfy { $0["state"] == "never run" })
        try site.succeed(
            "pledge register --email reader@example.org --amount 5.00 --currency USD "
                + "--method-token tok_1")
        let worker = try site.start("work")
        try waitForJobs(at: site)
        let did = try site.succeed("status").text
        #expect(did.contains("charged (amounts (USD 5.00), claimed 1, succeeded 1)"), "\(did)")
        #expect(!did.contains("{"))
        _ = kill(worker.pid, SIGTERM)
        #expect(try worker.wait().code == 0)
        #expect(try served.stop().code == 0)
    }

    @Test func `a monitor from outside and a dead-man's switch know of the last good run`() throws {
        let site = try Site.withBook()
        let never = try site.run("status --max-age 60m")
        #expect(never.code == 1 && never.complaint.contains("billing (never)"))
        #expect(never.complainsInOneLine, "\(never.complaint)")
        let receiver = try WebhookReceiver()
        let switched = ["MAINSTAY_ATTENTION_HEARTBEAT_URL": receiver.url("status?code=200")]
        try site.succeed("run all", environment: switched)
        #expect(try receiver.requests().map(\.path) == ["/status"])
        try site.succeed("status --max-age 60m")
        let later = Date(timeIntervalSinceNow: 2 * 3_600).formatted(.iso8601)
        let late = try site.run("--now \(later) status --max-age 60m")
        #expect(late.code == 1 && late.complaint.contains("mail (last at"))
        #expect(!late.complaint.contains("retention"))
        for wrong in ["60", "0m", "m", "-1h", "99999999d", "1w"] {
            #expect(try site.run("status --max-age=\(wrong)").code == 64)
        }
        let unusable = ["MAINSTAY_ATTENTION_HEARTBEAT_URL": "ftp://x"]
        #expect(try site.run("run all", environment: unusable).code != 0)
    }

    @Test func `metrics show both processes, and nothing through a proxy`() throws {
        let site = try Site.withBook()
        let served = try Served("serve --no-jobs", at: site)
        let worker = try Served("work", at: site)
        try waitForJobs(at: site)
        for process in [served, worker] {
            let metrics = try process.ask("GET", "/metrics")
            #expect(metrics.hasPrefix("200") && metrics.contains("mainstay_database_bytes"))
            #expect(metrics.contains(#"mainstay_queue_depth{name="mail"} 0"#))
        }
        let runs = #"mainstay_job_runs_total{name="retention",outcome="done"} 1"#
        #expect(try worker.ask("GET", "/metrics").contains(runs))
        #expect(try !served.ask("GET", "/metrics").contains("mainstay_job_runs_total"))
        #expect(try worker.ask("GET", "/v1/jobs").hasPrefix("404"))
        #expect(try worker.stop().code == 0)
        #expect(try served.stop().code == 0)
    }

    @Test
    func `long responses are gzipped on request, and malformed requests do not end the process`()
        throws
    {
        let site = try Site.withBook()
        let token = try #require(
            try site.answer("token create --name site --scopes reports:read,supporters:read")[
                "token"])
        for number in 1...40 { try site.succeed("supporter add --email r\(number)@example.org") }
        let served = try Served("serve --no-jobs", at: site)
        #expect(try served.ask("GET", "/healthz").hasPrefix("200"))
        #expect(try site.python("compressed.py", [String(served.port), token]) == "")
        #expect(try served.stop().code == 0)
    }

    @Test func `an honest client is served while others misbehave`() throws {
        let site = try Site.withBook()
        let tokens = try ["stranger", "site"].map { name in
            try #require(
                try site.answer("token create --name \(name) --scopes pledges:read,pledges:write")[
                    "token"])
        }
        let served = try Served("serve --no-jobs", at: site)
        #expect(try served.ask("GET", "/healthz").hasPrefix("200"))
        #expect(
            try site.python(
                "strangers.py", [String(served.port)] + tokens + [String(served.pid)]) == "")
        #expect(try served.stop().code == 0)
        #expect(try site.run("doctor").code == 0)
    }

    @Test func `a port that another program has is told in one line`() throws {
        let site = try Site.withBook()
        let served = try Served("serve --no-jobs", at: site)
        #expect(try served.ask("GET", "/healthz").hasPrefix("200"))
        let second = try site.run("serve --port \(served.port)")
        #expect(second.code == 69 && second.complainsInOneLine, "\(second.complaint)")
        #expect(try site.answers("status").allSatisfy { $0["state"] == "never run" })
        #expect(try served.ask("GET", "/healthz").hasPrefix("200"))
        #expect(try served.stop().code == 0)
    }

    @Test func `killed under load, it keeps each answered registration once`() throws {
        let site = try Site.withBook()
        let ending = try site.start(
            command: [pythonPath, fixture("kill_under_load.py"), Program.path(), site.folder, "8"]
        ).wait()
        #expect(ending.code == 0, "\(ending.text)\(ending.complaint)")
    }
}

/// A running service. Its client uses none of our code.
private struct Served {
    let site: Site
    let port: Int
    private let running: RunningProgram

    init(_ command: String = "serve", at site: Site) throws {
        self.site = site
        port = try Served.freePort()
        running = try site.start("\(command) --port \(port)")
    }

    var pid: pid_t { running.pid }

    func ask(_ method: String, _ path: String, _ more: String...) throws -> String {
        try site.python("ask.py", [method, "http://127.0.0.1:\(port)\(path)"] + more)
    }

    func stop() throws -> Ending {
        _ = kill(running.pid, SIGTERM)
        return try running.wait()
    }

    /// A port that was free a moment ago.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw Unexpected("no port is free") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
