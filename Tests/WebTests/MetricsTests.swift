import HTTPTypes
import Metrics
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

@Suite struct MetricsTests {
    @Test func `the text has Prometheus's format, sorted by name and labels`() {
        let registry = MetricsRegistry()
        let labels = [("route", "/v1/x"), ("note", "a \"b\" \\ \n")]
        Counter(label: "b_total", dimensions: labels, factory: registry).increment(by: 2)
        Counter(label: "b_total", dimensions: labels, factory: registry).increment()
        Meter(label: "a_bytes", dimensions: [], factory: registry).set(1_024)
        Meter(label: "a_bytes", dimensions: [("kind", "x")], factory: registry).set(0.5)
        #expect(
            registry.text == """
                # TYPE a_bytes gauge
                a_bytes 1024
                a_bytes{kind="x"} 0.5
                # TYPE b_total counter
                b_total{route="/v1/x",note="a \\"b\\" \\\\ \\n"} 3

                """)
    }

    @Test func `a histogram counts up to each bound, and all`() {
        let registry = MetricsRegistry()
        let timer = Timer(label: "t_seconds", dimensions: [("name", "mail")], factory: registry)
        for nanoseconds: Int64 in [1_000_000, 1_000_001, 30_000_000_000, 900_000_000_000] {
            timer.recordNanoseconds(nanoseconds)
        }
        let text = registry.text
        for line in [
            "# TYPE t_seconds histogram", #"t_seconds_bucket{name="mail",le="0.001"} 1"#,
            #"t_seconds_bucket{name="mail",le="0.0025"} 2"#,
            #"t_seconds_bucket{name="mail",le="60"} 3"#,
            #"t_seconds_bucket{name="mail",le="300"} 3"#,
            #"t_seconds_bucket{name="mail",le="+Inf"} 4"#, #"t_seconds_count{name="mail"} 4"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line) is not in \(text)")
        }
    }

    @Test func `requests are counted by route and status, without data of readers`()
        async throws
    {
        let served = try await Served()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let id = try #require(try made.member("id"))
        _ = try await served.ask(.get, "/v1/pledges/\(id)")
        _ = try await served.ask(.get, "/v1/pledges/\(id)", token: .some(nil))
        _ = try await served.ask(.get, "/reader@example.org")
        // An answer whose body nobody takes also counts as finished.
        _ = try await served.ask(.head, "/healthz")
        let answer = try await served.ask(.get, "/metrics", token: .some(nil))
        #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let requests = "mainstay_http_requests_total"
        for line in [
            #"\#(requests){route="/v1/pledges",method="POST",status="201"} 1"#,
            #"\#(requests){route="/v1/pledges/{id}",method="GET",status="200"} 1"#,
            #"\#(requests){route="/v1/pledges/{id}",method="GET",status="401"} 1"#,
            #"\#(requests){route="-",method="GET",status="404"} 1"#,
            #"\#(requests){route="/healthz",method="HEAD",status="200"} 1"#,
            "mainstay_http_requests_in_flight 1", "mainstay_database_bytes 4096",
            #"mainstay_http_request_duration_seconds_count{route="/v1/pledges",method="POST"} 1"#,
        ] {
            #expect(answer.text.contains(line + "\n"), "\(line) is not in \(answer.text)")
        }
        for word in [id, "example.org", "country", "4242"] {
            #expect(!answer.text.contains(word))
        }
    }

    @Test(arguments: ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
    func `metrics are not served through a proxy`(_ header: String) async throws {
        for path in ["/metrics", "/metrics/", "/readyz", "/readyz/"] {
            let answer = try await Served().ask(.get, path, headers: [header: "127.0.0.1"])
            #expect(answer.status == 404, "\(path)")
        }
    }

    @Test func `jobs are counted by how they ended and by what they did`() async throws {
        let served = try await Served()
        let metrics = served.web.metrics
        let context = try served.test.context()
        let work = metrics.counting { _, _ in
            ["sent": .integer(3), "failed": .integer(0), "charged": ["due": .integer(2)]]
        }
        _ = try await work(.mail, context)
        _ = try await work(.mail, context)
        let broken = metrics.counting { _, _ in throw Problem(.conflict, "no") }
        await #expect(throws: Problem.self) { _ = try await broken(.seal, context) }
        let text = try await metrics.exposition(in: context)
        for line in [
            #"mainstay_job_items_total{name="mail",what="sent"} 6"#,
            #"mainstay_job_items_total{name="mail",what="charged_due"} 4"#,
            #"mainstay_job_runs_total{name="mail",outcome="done"} 2"#,
            #"mainstay_job_runs_total{name="seal",outcome="failed"} 1"#,
            #"mainstay_job_duration_seconds_count{name="mail"} 2"#,
        ] {
            #expect(text.contains(line + "\n"), "\(line) is not in \(text)")
        }
        #expect(!text.contains(#"what="failed""#))
    }

    @Test func `queues are shown with their oldest age until they are empty`() async throws {
        let served = try await Served()
        let test = served.test
        let context = try test.context()
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge())
        _ = try await RunBilling.run(through: served.web.processors, in: context)
        test.now = test.now.adding(seconds: 90)
        let waiting = try await served.web.metrics.exposition(in: test.context())
        #expect(waiting.contains("mainstay_queue_depth{name=\"mail\"} 1\n"), "\(waiting)")
        #expect(waiting.contains("mainstay_queue_oldest_age_seconds{name=\"mail\"} 90\n"))
        _ = try await SealEvents.run(in: test.context())
        let sealed = try await served.web.metrics.exposition(in: test.context())
        #expect(!waiting.contains("mainstay_queue_depth{name=\"seal\"} 0\n"))
        #expect(sealed.contains("mainstay_queue_depth{name=\"seal\"} 0\n"))
        #expect(!sealed.contains("mainstay_job_overdue_seconds"))
        #expect(sealed.contains("mainstay_queue_oldest_age_seconds{name=\"seal\"} 0\n"))
    }

    @Test func `a job that does not run is overdue from its due time on`() async throws {
        let served = try await Served()
        let test = served.test
        _ = await RunJobs.turn(.mail, { _, _ in nil }, at: .oneTurn, in: try test.context())
        let fresh = try await served.web.metrics.exposition(in: test.context())
        #expect(fresh.contains("mainstay_job_overdue_seconds{name=\"mail\"} 0\n"))
        test.now = test.now.adding(seconds: 15 + 40)
        let late = try await served.web.metrics.exposition(in: test.context())
        #expect(late.contains("mainstay_job_overdue_seconds{name=\"mail\"} 40\n"), "\(late)")
    }

    @Test func `a process that only runs jobs tells how it is, and answers nothing else`()
        async throws
    {
        let served = try await Served()
        for (path, status) in [
            ("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/v1/pledges", 404),
            ("/manage", 404), ("/openapi.json", 404),
        ] {
            let answer = try await served.ask(.get, path, opening: .health)
            #expect(answer.status == status, "\(path)")
        }
    }
}
