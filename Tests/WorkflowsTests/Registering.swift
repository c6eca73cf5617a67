import Foundation
import Pledging
import TestSupport
import Testing
import Workflows

extension RegisterPledge.Request {
    /// Five dollars a month by card, with a test's changes.
    static func monthly(
        _ change: (inout RegisterPledge.Request) -> Void = { _ in }
    ) -> RegisterPledge.Request {
        var request = RegisterPledge.Request(
            person: PersonInput(email: "reader@example.org"), amount: "5.00", currency: "USD",
            interval: .month, method: MethodInput(token: "tok_1"))
        change(&request)
        return request
    }
}

/// A request to register, and its idempotency key.
@dynamicMemberLookup
struct Registration: Sendable {
    var request: RegisterPledge.Request
    var idempotencyKey: String?

    static func monthly(_ change: (inout Registration) -> Void = { _ in }) -> Registration {
        var registration = Registration(request: .monthly())
        change(&registration)
        return registration
    }

    subscript<Value>(
        dynamicMember path: WritableKeyPath<RegisterPledge.Request, Value>
    ) -> Value {
        get { request[keyPath: path] }
        set { request[keyPath: path] = newValue }
    }

    /// Runs the request as a door does.
    func run(in context: Context) async throws -> Registered {
        let conditions = RequestConditions(
            key: idempotencyKey.map { .init(text: $0, request: request.digest) })
        let answer = try await conditions.run(in: context) { context in
            try await RegisterPledge.run(request, in: context)
        }
        return Registered(
            pledge: try await BrowseBook.pledge(
                BrowseBook.id(answer.shown.id, .pledge), in: context),
            isRepeat: answer.isRepeat, json: answer.shown.json)
    }
}

struct Registered: Sendable {
    /// The pledge as it is now.
    let pledge: Pledge
    let isRepeat: Bool
    /// The answer's text.
    let json: String
}

extension TestBook {
    @discardableResult
    func register(
        actor: Actor = .reader, _ change: (inout Registration) -> Void = { _ in }
    ) async throws -> Registered {
        try await Registration.monthly(change).run(in: context(actor: actor))
    }

    /// True if the text is anywhere in the database's file or its log.
    func fileHolds(_ text: String) throws -> Bool {
        try [path, path + "-wal"].contains { path in
            guard FileManager.default.fileExists(atPath: path) else { return false }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            return bytes.range(of: Data(text.utf8)) != nil
        }
    }

    /// The database's file and its log as text, in which every ASCII run is readable.
    func fileBytes() throws -> String {
        var bytes: [UInt8] = []
        for suffix in ["", "-wal"] {
            bytes += (try? Data(contentsOf: URL(fileURLWithPath: path + suffix))) ?? Data()
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Expects that `body` throws a Problem of this kind and field; returns its message.
@discardableResult
func expectRefusal<Answer>(
    _ kind: Problem.Kind, field: Problem.Field? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Answer
) async -> String {
    do {
        _ = try await body()
        Issue.record("it was not refused", sourceLocation: sourceLocation)
    } catch let problem as Problem {
        #expect(problem.kind == kind, sourceLocation: sourceLocation)
        #expect(problem.field == field, sourceLocation: sourceLocation)
        return problem.message
    } catch {
        Issue.record("refused by \(error)", sourceLocation: sourceLocation)
    }
    return ""
}

func day(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> CivilDate {
    try #require(CivilDate(text), sourceLocation: sourceLocation)
}

/// A card scheme's test number, valid by Luhn.
let cardNumber = "4242424242424242"

/// The refusal for a pledge that is over.
func over(_ state: PledgeState) -> String {
    "the pledge is over (\(state.rawValue)); register a new pledge instead"
}

extension TestBook {
    /// Plants a person with a pledge in this state.
    @discardableResult
    func plant(
        in state: PledgeState, _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> Planted {
        try await plant {
            $0.state = state
            $0.pausedUntil = state == .paused ? "2027-06-15" : nil
            $0.nextChargeOn = state == .paused ? "2027-06-15" : "2026-12-15"
            $0.dueBeforePause = "2026-11-22"
            change(&$0)
        }
    }

    /// Plants such a person and returns the pledge.
    func plantPledge(
        in state: PledgeState = .active, _ change: (inout Plant) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Pledge {
        try #require(try await plant(in: state, change).pledge, sourceLocation: sourceLocation)
    }
}
