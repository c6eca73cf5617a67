import Pledging
import Testing

@Suite struct RiskPolicyTests {
    @Test(arguments: [
        ("a@mail.ru", "RU"), ("a@yandex.com", "RU"), ("a@YANDEX.by", "BY RU"), ("a@tut.by", "BY"),
        ("a@x.yandex.kz", "KZ RU"), ("a@пример.рф", "RU"), ("a@example.бел", "BY"),
        ("a@x.example.de", "DE"), ("a@example.co.uk", "GB"), ("a@qq.com", "CN"),
        ("a@gmail.com", ""), ("a@example.org", ""), ("a@start.io", ""), ("a@europa.eu", ""),
        ("a@notmail.ru.example.com", ""), ("a@xmail.example", ""),
    ])
    func `an address tells a country by its domain, or nothing`(
        address: String, expected: String
    ) throws {
        let countries = MailDomains.countries(of: try EmailAddress(address))
        #expect(countries.sorted().joined(separator: " ") == expected)
    }

    @Test func `policies are ordered by strictness`() {
        #expect(RiskPolicy.allCases.sorted() == RiskPolicy.allCases)
        #expect(RiskPolicy.allCases.max() == .refuse)
        #expect(RiskPolicy.allCases.map(\.isDiscreet) == [false, true, true, true])
    }

    private static let gifts: [Interval?] = [nil, .once, .month, .year]

    /// Written out from the rules, a row for each policy: for no gift, a single payment, one a
    /// month and one a year; each first for a reader who has not confirmed the warning about what a
    /// bank sees, then for one who has.
    private static let refusals: [RiskPolicy: [RiskRefusal?]] = [
        .allow: [nil, nil, nil, nil, nil, nil, nil, nil],
        .warn: [nil, nil, .unconfirmed, nil, .unconfirmed, nil, .unconfirmed, nil],
        .oneOffOnly: [
            nil, nil, .unconfirmed, nil, .repeated, .repeated, .repeated, .repeated,
        ],
        .refuse: [
            .nothing, .nothing, .nothing, .nothing, .nothing, .nothing, .nothing, .nothing,
        ],
    ]

    @Test func `the table knows every policy, every interval and every refusal`() {
        #expect(Set(RiskPolicyTests.refusals.keys) == Set(RiskPolicy.allCases))
        #expect(Set(RiskPolicyTests.gifts.compactMap { $0 }) == Set(Interval.allCases))
        #expect(
            RiskPolicyTests.refusals.values.allSatisfy {
                $0.count == 2 * RiskPolicyTests.gifts.count
            })
        let told = RiskPolicyTests.refusals.values.flatMap { $0.compactMap { $0 } }
        #expect(Set(told) == Set(RiskRefusal.allCases))
    }

    @Test(arguments: RiskPolicy.allCases, gifts)
    func `a policy says to each request what the rules say`(
        policy: RiskPolicy, gift: Interval?
    ) throws {
        let row = try #require(RiskPolicyTests.refusals[policy])
        let column = 2 * (try #require(RiskPolicyTests.gifts.firstIndex(of: gift)))
        #expect(policy.refusal(of: gift, isConfirmed: false) == row[column])
        #expect(policy.refusal(of: gift, isConfirmed: true) == row[column + 1])
    }

    @Test(arguments: gifts, [false, true])
    func `what a careful policy lets pass, a less careful one lets pass too`(
        gift: Interval?, isConfirmed: Bool
    ) {
        let passes = RiskPolicy.allCases.sorted().map {
            $0.refusal(of: gift, isConfirmed: isConfirmed) == nil
        }
        #expect(passes == passes.filter { $0 } + passes.filter { !$0 })
    }

    /// Each fact on its own, then together: the strictest wins.
    @Test(arguments: [
        (RiskFacts(), RiskPolicy.allow), (RiskFacts(declared: "DE"), .allow),
        (RiskFacts(declared: "GE"), .warn), (RiskFacts(connection: "BY"), .oneOffOnly),
        (RiskFacts(issuing: ["RU"]), .refuse), (RiskFacts(declared: "DE", connection: "GE"), .warn),
        (RiskFacts(declared: "GE", connection: "BY"), .oneOffOnly),
        (RiskFacts(declared: "GE", connection: "BY", issuing: ["DE", "RU"]), .refuse),
    ])
    func `the strictest of all that is known wins`(facts: RiskFacts, expected: RiskPolicy) {
        let table = RiskTable(byCountry: ["GE": .warn, "BY": .oneOffOnly, "RU": .refuse])
        #expect(table.policy(for: facts) == expected)
    }

    @Test func `the address counts like any other fact`() throws {
        let table = RiskTable(byCountry: ["RU": .refuse])
        let facts = RiskFacts(email: try EmailAddress("a@mail.ru"), declared: "DE")
        #expect(table.policy(for: facts) == .refuse)
    }

    @Test func `a country without a policy of its own has the standard, as has nobody's`() {
        let table = RiskTable(standard: .warn, byCountry: ["DE": .allow])
        #expect(table.policy(for: RiskFacts(declared: "FR")) == .warn)
        #expect(table.policy(for: RiskFacts(declared: "DE")) == .allow)
        #expect(table.policy(for: RiskFacts()) == .warn)
        #expect(!table.allowsAll)
        #expect(RiskTable(byCountry: ["DE": .allow]).allowsAll)
    }
}
