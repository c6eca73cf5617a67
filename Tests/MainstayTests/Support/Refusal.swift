import Testing

/// A command that must be refused, and its exit code (sysexits.h).
struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let code: Int32
    let words: String
    let environment: [String: String]
    /// Brings the site into the state in which the command is refused.
    let prepare: @Sendable (Site) throws -> Void

    init(
        _ description: String, _ code: Int32, _ words: String,
        environment: [String: String] = [:],
        prepare: @escaping @Sendable (Site) throws -> Void = { _ in }
    ) {
        testDescription = description
        self.code = code
        self.words = words
        self.environment = environment
        self.prepare = prepare
    }

    /// Runs the command on a book that holds a person. Checks that it changes nothing and shows no
    /// personal data.
    func check() throws {
        let site = try Site.withBook()
        try site.importActivePledge("secret.reader@example.org")
        try prepare(site)
        let before = try site.snapshot()
        let ending = try site.run(words, environment: environment)
        #expect(ending.code == code, "\(ending.complaint)")
        #expect(ending.complainsInOneLine, "\(ending.complaint)")
        #expect(ending.text.isEmpty)
        for secret in ["secret.reader", "Ann Active", "tok_active", "4242", "Fatal", "Swift."] {
            #expect(!ending.complaint.contains(secret))
        }
        #expect(try site.snapshot() == before)
    }
}
