import Pledging
import Testing

struct ReminderDecisionTests {
    /// What is decided about a reminder of each kind that is on time, if only this fact holds.
    private struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let support: SkipReason?
        let service: SkipReason?
        let fact: @Sendable (inout ReminderFacts) -> Void
    }

    private static let cases = [
        Case(testDescription: "nothing", support: nil, service: nil) { _ in },
        Case(testDescription: "the person was forgotten", support: .erased, service: .erased) {
            $0.isErased = true
        },
        Case(testDescription: "the address bounced", support: .suppressed, service: .suppressed) {
            $0.suppression = .all
        },
        Case(testDescription: "the reader opted out", support: .suppressed, service: nil) {
            $0.suppression = .support
        },
        Case(testDescription: "the reader gives", support: .alreadySupports, service: nil) {
            $0.supportsAlready = true
        },
        Case(testDescription: "no link was followed", support: .notConfirmed, service: nil) {
            $0.lacksConfirmation = true
        },
        Case(testDescription: "a mail went out lately", support: .mailedRecently, service: nil) {
            $0.lastSupportMailAt = now.adding(days: -1)
        },
        Case(testDescription: "a confirmed address had one", support: nil, service: nil) {
            $0.lastSupportMailAt = now.adding(days: -1)
            $0.addressIsConfirmed = true
        },
        Case(testDescription: "its subject changed", support: nil, service: .subjectChanged) {
            $0.subjectStands = false
        },
    ]

    @Test(arguments: cases, Reminder.Kind.allCases)
    private func `each fact stops the kinds of reminder that it applies to`(
        item: Case, kind: Reminder.Kind
    ) {
        var facts = ReminderFacts(kind: kind, dueAt: now)
        item.fact(&facts)
        #expect(
            facts.reasonToSkip(at: now) == (kind == .support ? item.support : item.service))
    }

    @Test func `the first reason that applies is the one that is told`() {
        var facts = ReminderFacts(
            kind: .support, dueAt: now.adding(days: -400), lacksConfirmation: true,
            isErased: true, suppression: .support, supportsAlready: true,
            lastSupportMailAt: now)
        #expect(facts.reasonToSkip(at: now) == .erased)
        facts.isErased = false
        #expect(facts.reasonToSkip(at: now) == .suppressed)
        facts.suppression = nil
        #expect(facts.reasonToSkip(at: now) == .alreadySupports)
        facts.supportsAlready = false
        #expect(facts.reasonToSkip(at: now) == .notConfirmed)
        facts.lacksConfirmation = false
        #expect(facts.reasonToSkip(at: now) == .mailedRecently)
        facts.lastSupportMailAt = nil
        #expect(facts.reasonToSkip(at: now) == .tooLate)
    }

    @Test(arguments: [
        (Reminder.Kind.support, Int64(60)), (.methodExpiring, 3), (.chargeFailed, 3),
        (.pauseEnding, 3),
    ])
    func `a reminder goes out so many days late and no later`(kind: Reminder.Kind, days: Int64) {
        let facts = ReminderFacts(kind: kind, dueAt: now.adding(days: -days))
        #expect(facts.reasonToSkip(at: now) == nil)
        #expect(facts.reasonToSkip(at: now.adding(milliseconds: 1)) == .tooLate)
    }

    @Test func `the notice of a charge goes out however late, as it moves the charge`() {
        let facts = ReminderFacts(kind: .upcomingCharge, dueAt: now.adding(days: -4_000))
        #expect(facts.reasonToSkip(at: now) == nil)
    }

    @Test(arguments: [
        ("2025-11-23", SkipReason?.some(.mailedRecently)), ("2025-11-22", nil),
        ("2024-11-22", nil), ("2026-11-22", .mailedRecently),
    ])
    func `an address that never confirmed gets one support mail in twelve months`(
        last: String, reason: SkipReason?
    ) throws {
        let lastAt = try #require(Instant(rfc3339: last + "T10:00:00Z"))
        let facts = ReminderFacts(kind: .support, dueAt: now, lastSupportMailAt: lastAt)
        #expect(facts.reasonToSkip(at: now) == reason)
    }
}

/// 2026-11-22T12:00:00Z.
private let now = Instant(milliseconds: 1_795_348_800_000)
