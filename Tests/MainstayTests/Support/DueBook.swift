import Foundation
import Testing

/// A book in which several hundred reminders fall due at once, and the check of it after all of
/// them were sent.
struct DueBook {
    let site: Site
    /// Minutes since the reminders fell due. Each run begins after the lease of the last one has
    /// ended.
    private var minutes = 0

    static let supportCount = 280
    static let noticeCount = 20
    static var count: Int { supportCount + noticeCount }

    /// Makes reminders that readers asked for, and annual pledges that need a notice.
    init() throws {
        site = try Site.withBook()
        var text = "email,amount,currency,interval,started_on,next_charge_on,method_token"
        text += ",remind_on\n"
        for number in 0..<Self.supportCount {
            text += "asked\(number)@example.org,,,,,,,2026-12-10\n"
        }
        for number in 0..<Self.noticeCount {
            text += "yearly\(number)@example.org,60.00,EUR,year,2025-12-20,2026-12-20,tok,\n"
        }
        try site.write("due.csv", text)
        try site.succeed("--now \(rehearsal) import due.csv --quiet")
    }

    /// Returns the words of the next run, at a time when what a killed run had claimed is free
    /// again.
    mutating func nextRun() -> String {
        minutes += 16
        let time =
            String(
                format: "2026-12-%02d", 11 + minutes / 1_440)
            + String(format: "T%02d:%02d:00Z", minutes % 1_440 / 60, minutes % 60)
        return "--now \(time) --json run reminders"
    }

    /// Checks that each due reminder has one mail, one event for it and one file, and that there is
    /// nothing else.
    func checkAllSentOnce(_ comment: String) throws {
        let states = try site.query("SELECT state, count(*) FROM reminders GROUP BY state")
        #expect(states == [["sent", "\(Self.count)"]], "\(comment)")
        let mails = try site.query("SELECT id, state, reminder_id FROM mail_messages")
        #expect(mails.count == Self.count, "\(comment)")
        #expect(mails.allSatisfy { $0[1] == "sent" }, "\(comment)")
        #expect(Set(mails.map { $0[2] }).count == Self.count, "\(comment)")
        for type in ["reminder.scheduled", "reminder.queued", "reminder.sent"] {
            let events = try site.query(
                "SELECT count(*), count(DISTINCT subject_id) FROM events WHERE type = '\(type)'")
            #expect(events == [["\(Self.count)", "\(Self.count)"]], "\(type), \(comment)")
        }
        #expect(
            Set(try site.names(in: site.outbox)) == Set(mails.map { $0[0] + ".eml" }), "\(comment)")
        let outbox = try Answer(try site.python("read_outbox.py", [site.outbox]))
        for fact in ["mails", "recipients", "message_ids"] {
            #expect(outbox.number(fact) == Self.count, "\(fact), \(comment)")
        }
        try site.succeed("doctor")
    }
}
