import Mail
import Pledging
import TestSupport
import Testing
import Workflows

// Helpers for tests of reminders and mail.

extension TestBook {
    func moveClock(to time: String) throws {
        now = try #require(Instant(rfc3339: time))
    }

    /// A reader asks for a reminder on the page.
    @discardableResult
    func ask(
        _ choice: ReminderChoice, email: String = "reader@example.org", locale: String? = nil,
        timeZone: String? = nil, settings: Settings? = nil
    ) async throws -> Reminder {
        try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: email, locale: locale, timeZone: timeZone),
                choice: choice,
                door: "page", wording: "2026-11"),
            in: context(actor: .reader, settings: settings))
    }

    /// Sends at noon of a day what readers are to be told: a pledge does not lapse before.
    func tellReaders(on day: String) async throws {
        try moveClock(to: "\(day)T12:00:00Z")
        _ = try await sendReminders()
        try await post()
    }

    func sendReminders(
        limit: Int? = nil, isDryRun: Bool = false, settings: Settings? = nil
    ) async throws -> SendReminders.Summary {
        try await SendReminders.run(
            limit: limit, isDryRun: isDryRun, in: context(settings: settings))
    }

    func deliver(
        through transport: any MailTransport, settings: Settings? = nil
    ) async throws -> DeliverMail.Summary {
        try await DeliverMail.run(
            through: transport, templates: TemplateLibrary(overridesFolder: nil),
            in: context(settings: settings))
    }

    /// Delivers all waiting mails; every mailbox accepts them.
    @discardableResult
    func post(settings: Settings? = nil) async throws -> [ReceivedMail] {
        let transport = RecordingTransport { _ in .accepted }
        _ = try await deliver(through: transport, settings: settings)
        return transport.mails.map(ReceivedMail.init)
    }

    func follow(_ token: String, _ wish: FollowLink.Wish) async throws {
        try await FollowLink.run(token, wish, in: context(actor: .reader))
    }

    func reminder(_ id: ID<Reminder>) async throws -> Reminder {
        try await BrowseBook.reminder(id, in: context())
    }

    /// The days from `first` to `last` on which the job, run at noon, queued something; a day
    /// occurs once for each mail.
    func daysOfReminders(from first: String, through last: String) async throws -> [String] {
        var day = try #require(CivilDate(first))
        let end = try #require(CivilDate(last))
        var days: [String] = []
        while day <= end {
            try moveClock(to: "\(day)T12:00:00Z")
            for _ in 0..<(try await sendReminders().queued) { days.append(day.description) }
            day = day.adding(days: 1)
        }
        return days
    }
}
