import HTTPTypes
import Metrics
import Pledging
package import Workflows

/// What the service counts of itself: requests by route, jobs by what they did. Never a name, an
/// address, an id or a country.
package final class ServiceMetrics: Sendable {
    let registry = MetricsRegistry()
    private let uptime: @Sendable () -> Duration
    /// In bytes, of all files of the database; nil where it is not known.
    private let databaseBytes: @Sendable () -> Int64?

    /// `uptime` only ever goes forward.
    package init(
        uptime: @escaping @Sendable () -> Duration,
        databaseBytes: @escaping @Sendable () -> Int64?
    ) {
        self.uptime = uptime
        self.databaseBytes = databaseBytes
    }

    // MARK: Requests

    func requestBegins() -> Duration {
        inFlight.increment()
        return uptime()
    }

    func requestEnded(
        _ route: String, _ method: HTTPRequest.Method, _ status: HTTPResponse.Status,
        since start: Duration
    ) {
        inFlight.decrement()
        let place = [("route", route), ("method", method.rawValue)]
        Counter(
            label: "mainstay_http_requests_total",
            dimensions: place + [("status", String(status.code))], factory: registry
        ).increment()
        record("mainstay_http_request_duration_seconds", place, since: start)
    }

    private var inFlight: Meter {
        Meter(label: "mainstay_http_requests_in_flight", dimensions: [], factory: registry)
    }

    private func record(_ label: String, _ dimensions: [(String, String)], since start: Duration) {
        let (seconds, attoseconds) = (uptime() - start).components
        Timer(label: label, dimensions: dimensions, factory: registry)
            .recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    // MARK: Jobs

    /// The same work, counted: every number of a job's summary by its name.
    package func counting(_ work: @escaping RunJobs.Work) -> RunJobs.Work {
        { [self] job, context in
            let start = uptime()
            do {
                let did = try await work(job, context)
                ended(job, "done", since: start)
                for (what, count) in did?.counts() ?? [] where count > 0 {
                    Counter(
                        label: "mainstay_job_items_total",
                        dimensions: [("job", job.rawValue), ("what", what)], factory: registry
                    ).increment(by: count)
                }
                return did
            } catch {
                ended(job, "failed", since: start)
                throw error
            }
        }
    }

    private func ended(_ job: Job, _ outcome: String, since start: Duration) {
        Counter(
            label: "mainstay_job_runs_total",
            dimensions: [("job", job.rawValue), ("outcome", outcome)], factory: registry
        ).increment()
        record("mainstay_job_duration_seconds", [("job", job.rawValue)], since: start)
    }

    // MARK: What is asked for

    /// All of it, with what the book says now of its queues.
    func exposition(in context: Context) async throws -> String {
        let now = context.now
        for line in try await ReportStatus.run(in: context) {
            let job = [("job", line.job.rawValue)]
            if let backlog = line.backlog {
                let age = backlog.since.map { max(0, now.milliseconds - $0.milliseconds) } ?? 0
                set("mainstay_queue_depth", job, Double(backlog.count))
                set("mainstay_queue_oldest_age_seconds", job, Double(age) / 1_000)
            }
            guard let standing = line.standing else { continue }
            set("mainstay_job_failures_in_row", job, Double(standing.failuresInRow))
            let overdue = now.milliseconds - standing.nextRunAt.milliseconds
            set(
                "mainstay_job_overdue_seconds", job,
                line.isRunning ? 0 : Double(max(0, overdue)) / 1_000)
            if let ended = standing.endedAt {
                set("mainstay_job_ended_timestamp_seconds", job, Double(ended.milliseconds) / 1_000)
            }
        }
        if let bytes = databaseBytes() { set("mainstay_database_bytes", [], Double(bytes)) }
        set("mainstay_uptime_seconds", [], seconds(uptime()))
        if let process = ProcessFigures() {
            set("process_resident_memory_bytes", [], Double(process.residentBytes))
            set("process_open_fds", [], Double(process.openDescriptors))
        }
        return registry.text
    }

    private func set(_ label: String, _ dimensions: [(String, String)], _ value: Double) {
        Meter(label: label, dimensions: dimensions, factory: registry).set(value)
    }

    private func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds)
    }
}

extension JSON {
    /// Its numbers, each named by the way to it.
    fileprivate func counts(_ path: String = "") -> [(what: String, count: Int64)] {
        switch self {
        case .integer(let number): [(path, number)]
        case .object(let members):
            members.flatMap { $0.value.counts(path.isEmpty ? $0.name : "\(path)_\($0.name)") }
        case .null, .bool, .string, .array, .encoded: []
        }
    }
}
