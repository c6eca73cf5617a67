import HTTPTypes
import Metrics
import Pledging
import Synchronization
package import Workflows

/// The service's own metrics: requests by route, jobs by what they did. They never hold a name, an
/// address, an id or a country.
package final class ServiceMetrics: Sendable {
    let registry = MetricsRegistry()
    private let requests: RequestMeters
    private let inFlight: Meter
    private let uptime: @Sendable () -> Duration
    /// Bytes of all files of the database; nil if not known.
    private let databaseBytes: @Sendable () -> Int64?

    /// `uptime` never decreases. `databaseBytes` returns the bytes of all files of the database.
    package init(
        uptime: @escaping @Sendable () -> Duration,
        databaseBytes: @escaping @Sendable () -> Int64?
    ) {
        self.uptime = uptime
        self.databaseBytes = databaseBytes
        requests = RequestMeters(registry: registry)
        inFlight = Meter(
            label: "mainstay_http_requests_in_flight", dimensions: [], factory: registry)
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
        let meters = requests.meters(
            RequestMeters.Kind(route: route, method: method, status: status.code))
        meters.count.increment()
        meters.time.record(since: start, to: uptime())
    }

    // MARK: Jobs

    /// Returns the same work with its runs, its duration and every number of its summary counted.
    package func counting(_ work: @escaping RunJobs.Work) -> RunJobs.Work {
        { [self] job, context in
            let start = uptime()
            do {
                let did = try await work(job, context)
                ended(job, "done", since: start)
                for (what, count) in did?.counts() ?? [] where count > 0 {
                    Counter(
                        label: "mainstay_job_items_total",
                        dimensions: [("name", job.rawValue), ("what", what)], factory: registry
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
            dimensions: [("name", job.rawValue), ("outcome", outcome)], factory: registry
        ).increment()
        Timer(
            label: "mainstay_job_duration_seconds", dimensions: [("name", job.rawValue)],
            factory: registry
        ).record(since: start, to: uptime())
    }

    // MARK: Exposition

    /// Returns all metrics in the text format, with the present state of the book's queues.
    func exposition(in context: Context) async throws -> String {
        let now = context.now
        for line in try await ReportStatus.run(in: context) {
            let job = [("name", line.job.rawValue)]
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
        let open = try await ReportStatus.openAttention(in: context)
        for kind in Attention.Kind.allCases {
            set("mainstay_attention_open", [("kind", kind.rawValue)], Double(open[kind] ?? 0))
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

/// The meters of requests, found by route, method and status instead of by their labels' text.
private final class RequestMeters: Sendable {
    struct Kind: Hashable {
        let route: String
        let method: HTTPRequest.Method
        let status: Int
    }

    struct Meters {
        let count: Counter
        let time: Timer
    }

    private let registry: MetricsRegistry
    private let known = Mutex<[Kind: Meters]>([:])

    init(registry: MetricsRegistry) { self.registry = registry }

    func meters(_ kind: Kind) -> Meters {
        known.withLock { known in
            if let found = known[kind] { return found }
            let place = [("route", kind.route), ("method", kind.method.rawValue)]
            let new = Meters(
                count: Counter(
                    label: "mainstay_http_requests_total",
                    dimensions: place + [("status", String(kind.status))], factory: registry),
                time: Timer(
                    label: "mainstay_http_request_duration_seconds", dimensions: place,
                    factory: registry))
            known[kind] = new
            return new
        }
    }
}

extension Timer {
    fileprivate func record(since start: Duration, to end: Duration) {
        let (seconds, attoseconds) = (end - start).components
        recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

extension JSON {
    /// Its numbers, each named by its path.
    fileprivate func counts(_ path: String = "") -> [(what: String, count: Int64)] {
        switch self {
        case .integer(let number): [(path, number)]
        case .object(let members):
            members.flatMap { $0.value.counts(path.isEmpty ? $0.name : "\(path)_\($0.name)") }
        case .null, .bool, .string, .array, .encoded: []
        }
    }
}
