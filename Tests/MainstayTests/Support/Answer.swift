import Foundation
import Testing

/// One JSON object that the program printed.
struct Answer {
    private let members: [String: Any]

    init(_ text: some StringProtocol) throws {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        members = try #require(value as? [String: Any])
    }

    subscript(name: String) -> String? { members[name] as? String }

    func number(_ name: String) -> Int? { members[name] as? Int }

    /// A text member of a nested object.
    func text(_ name: String, _ inner: String) -> String? {
        (members[name] as? [String: Any])?[inner] as? String
    }

    /// The number of values in an array member.
    func count(_ name: String) -> Int? { (members[name] as? [Any])?.count }

    func has(_ name: String) -> Bool { members[name] != nil }
}

extension Site {
    /// Runs a command with `--json` and returns its answer.
    func answer(
        _ words: String, _ more: String..., at location: SourceLocation = #_sourceLocation
    ) throws -> Answer {
        let ending = try start("--json " + words, more).wait()
        try #require(ending.code == 0, "\(words): \(ending.complaint)", sourceLocation: location)
        return try Answer(ending.text)
    }

    /// Runs a list with `--json` and returns its lines.
    func answers(
        _ words: String, at location: SourceLocation = #_sourceLocation
    ) throws -> [Answer] {
        try succeed("--json " + words, at: location).lines.map { try Answer($0) }
    }

    /// Runs a command and returns the id in its answer.
    func id(_ words: String, _ more: String...) throws -> String {
        let ending = try start("--json " + words, more).wait()
        try #require(ending.code == 0, "\(words): \(ending.complaint)")
        return try #require(try Answer(ending.text)["id"])
    }

    /// Imports an active pledge and returns its id. Before any charge, only an import makes one.
    @discardableResult
    func importActivePledge(_ email: String = "active@example.org") throws -> String {
        try write(
            "active.csv",
            """
            email,name,amount,currency,interval,started_on,next_charge_on,state,method_token,\
            method_brand,method_last4,method_expires
            \(email),Ann Active,5.00,USD,month,2026-01-31,2026-11-30,active,tok_active,\
            visa,4242,2029-04

            """)
        try succeed("--now \(rehearsal) import active.csv --quiet")
        return try #require(try answers("pledge list --state active").first?["id"])
    }
}

/// The time at which rehearsed commands of these tests run.
let rehearsal = "2026-11-22T12:00:00Z"
