import HTTPTypes
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

@Suite struct ImportOperationTests {
    private let csv = ["Content-Type": "text/csv; charset=utf-8"]
    private let rows = """
        email,name,country
        a@example.org,Anna,DE
        b@example.org,Boris,nothing
        c@example.org,Clara,FR

        """

    @Test func `good rows go in, bad ones are named by line, column and rule`() async throws {
        let served = try await Served()
        let answer = try await served.ask(.post, "/v1/imports", rows, headers: csv)
        #expect(answer.status == 200, "\(answer.text)")
        #expect(try answer.member("imported") == "2")
        #expect(try answer.member("bad") == "1")
        guard case .array(let bad)? = try answer.json["bad_rows"] else {
            Issue.record("no list of bad rows")
            return
        }
        #expect(bad.count == 1 && bad.first?["line"] == .integer(3))
        #expect(bad.first?["column"] == .string("country"))
        #expect(!answer.text.contains("nothing") && !answer.text.contains("example.org"))
    }

    @Test func `sent again, it changes nothing`() async throws {
        let served = try await Served()
        _ = try await served.ask(.post, "/v1/imports", rows, headers: csv)
        let again = try await served.ask(.post, "/v1/imports", rows, headers: csv)
        #expect(try again.member("imported") == "0")
        #expect(try again.member("known") == "2")
        #expect(try await served.test.faults() == [])
    }

    @Test func `a dry run counts and leaves the book as it is`() async throws {
        let served = try await Served()
        let dry = try await served.ask(.post, "/v1/imports?dry_run=true", rows, headers: csv)
        #expect(try dry.member("imported") == "2")
        let list = try await served.ask(.get, "/v1/supporters")
        #expect(list.text == #"{"data":[],"next":null}"#)
    }

    @Test(
        arguments: [
            ("", 422, nil), ("surname\nx\n", 422, nil),
            ("email,shoe\na@example.org,9\n", 422, nil),
        ] as [(String, Int, String?)])
    func `a file of another form is refused whole`(
        _ text: String, _ status: Int, _ field: String?
    ) async throws {
        let served = try await Served()
        let answer = try await served.ask(.post, "/v1/imports", text, headers: csv)
        #expect(answer.status == status, "\(answer.text)")
        let list = try await served.ask(.get, "/v1/supporters")
        #expect(list.text == #"{"data":[],"next":null}"#)
    }

    @Test func `unknown columns are ignored on request`() async throws {
        let answer = try await Served().ask(
            .post, "/v1/imports?ignore_unknown=true", "email,shoe\na@example.org,9\n",
            headers: csv)
        #expect(try answer.member("imported") == "1")
    }

    @Test func `a file beyond the limit is refused before a row goes in`() async throws {
        let served = try await Served { $0.uploadMaximumBytes = 1_000 }
        let text = "email\n" + (1...100).map { "r\($0)@example.org\n" }.joined()
        let answer = try await served.ask(.post, "/v1/imports", text, headers: csv)
        #expect(answer.status == 413)
        let list = try await served.ask(.get, "/v1/supporters")
        #expect(list.text == #"{"data":[],"next":null}"#)
    }

    @Test func `a large file is imported whole`() async throws {
        let served = try await Served()
        let text =
            "email,name\n"
            + (1...3_000).map { "r\($0)@example.org,\(String(repeating: "x", count: 200))\n" }
            .joined()
        let answer = try await served.ask(.post, "/v1/imports", text, headers: csv)
        #expect(try answer.member("imported") == "3000", "\(answer.text)")
    }
}
