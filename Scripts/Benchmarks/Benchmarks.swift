// Measures the service layer and the HMAC wrapper inside one process, for Scripts/bench. It prints
// one number; the script divides it by the limit measured in the same run.

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import OpenSSL
import Payments
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Workflows

@main
enum Benchmarks {
    static func main() async throws {
        switch CommandLine.arguments.dropFirst().first {
        case "register": try await register(count: 20_000, callers: 64)
        case "hmac": try hmac(messages: 2_000_000)
        case "calls": try await calls(count: 3_200, inFlight: 32, milliseconds: 200)
        case "bare": try await bare(port: Int(CommandLine.arguments.last ?? "") ?? 8099)
        default: print("usage: benchmarks register|hmac|calls|bare PORT")
        }
    }

    /// Prints registrations a second through RegisterPledge, each durable before it is answered.
    private static func register(count: Int, callers: Int) async throws {
        let test = try await TestBook()
        let context = try test.context()
        let begun = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    for number in stride(from: caller, to: count, by: callers) {
                        _ = try await RegisterPledge.run(request(number), in: context)
                    }
                }
            }
            try await group.waitForAll()
        }
        print(Double(count) / seconds(since: begun))
    }

    /// A server that only answers with as many bytes as a pledge has: the limit of reading one.
    private static func bare(port: Int) async throws {
        let router = Router()
        let pledge = ByteBuffer(string: String(repeating: "x", count: 600))
        router.get("/healthz") { _, _ in "" }
        router.get("/v1/pledges/:id") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: pledge))
        }
        try await Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
            logger: Logger(label: "bare", factory: { _ in SwiftLogNoOpLogHandler() })
        ).runService()
    }

    private static func request(_ number: Int) -> RegisterPledge.Request {
        RegisterPledge.Request(
            person: PersonInput(
                email: "reader\(number)@example.org", name: "Reader Number \(number)"),
            amount: "5.00", currency: "USD", interval: .month,
            method: MethodInput(
                token: "tok_\(number)", brand: "visa", last4: "4242", expires: "2030-04"))
    }

    /// Prints charges a second at a processor that takes `milliseconds` for each.
    private static func calls(count: Int, inFlight: Int, milliseconds: Int) async throws {
        let test = try await TestBook()
        let context = try test.context()
        for number in 0..<count {
            _ = try await RegisterPledge.run(request(number), in: context)
        }
        let processor = try SandboxProcessor(
            file: test.path + ".sandbox", clock: { test.now }, callsInFlight: inFlight,
            latency: .milliseconds(milliseconds))
        let begun = ContinuousClock.now
        let summary = try await RunBilling.run(through: Processors([processor]), in: context)
        precondition(summary.charged.succeeded == count, "every one was due")
        print(Double(count) / seconds(since: begun))
    }

    /// Prints bytes a second, in bodies of 1 KiB.
    private static func hmac(messages: Int) throws {
        let hmac = try HMACSHA256(key: SecretBytes.random(count: 32))
        let body = [UInt8](repeating: 7, count: 1_024)
        var first: UInt8 = 0
        let begun = ContinuousClock.now
        for _ in 0..<messages { first ^= try hmac.authenticate(body)[0] }
        let rate = Double(messages * body.count) / seconds(since: begun)
        precondition(first == 0, "an even number of equal tags cancels out")
        print(rate)
    }

    private static func seconds(since begun: ContinuousClock.Instant) -> Double {
        (ContinuousClock.now - begun) / .seconds(1)
    }
}
