import ArgumentParser
import Pledging
import Workflows

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one job, or all, once.",
        subcommands: [
            Reminders.self, MailRun.self, Billing.self, ReconcileRun.self, Books.self,
            Webhooks.self, Retention.self, Seal.self, All.self,
        ])

    struct Reminders: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Process due reminders, then send the mail that results.")
        @ParentCommand var root: Mainstay
        @Flag(help: "Leave the mail to 'run mail'.") var noDelivery = false
        @Flag(help: "Show what would be done, and change nothing.") var dryRun = false
        @Option(help: "At most this many reminders.") var limit: Int?

        func validate() throws { try checkLimit(limit) }

        func run(_ session: Session) async throws {
            let decided: SendReminders.Summary
            do {
                let progress = session.printer.progress("reminders")
                defer { progress.finish() }
                decided =
                    dryRun
                    ? try await SendReminders.run(
                        limit: limit, isDryRun: true, in: session.context,
                        progress: progress.show)
                    : try await decide(limit: limit, session, progress.show)
            }
            guard !dryRun && !noDelivery else {
                try session.printer.show(decided.json)
                return remarkWaiting(decided, session)
            }
            let sent = try await deliver(limit: nil, session)
            try session.printer.show(
                decided.json.adding([
                    "sent": .integer(Int64(sent.sent)), "failed": .integer(Int64(sent.failed)),
                    "retried": .integer(Int64(sent.retried)),
                ]))
            remarkWaiting(decided, session)
        }
    }

    struct MailRun: BookCommand {
        static let configuration = CommandConfiguration(
            commandName: "mail", abstract: "Send the mail that is due.")
        @ParentCommand var root: Mainstay
        @Flag(help: "Show how much is due, and send nothing.") var dryRun = false
        @Option(help: "At most this many mails.") var limit: Int?

        func validate() throws { try checkLimit(limit) }

        func run(_ session: Session) async throws {
            if dryRun {
                let due = try await DeliverMail.due(in: session.context)
                return try session.printer.show(["due": .integer(Int64(due))])
            }
            try session.printer.show(await deliver(limit: limit, session).json)
        }
    }

    struct Billing: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Collect what is due: look up charges in doubt, charge each due pledge once, retry \
                failed charges, and end pauses and grace periods that are over.
                """)
        @ParentCommand var root: Mainstay
        @Flag(help: "Show what would be charged, with totals, and change nothing.")
        var dryRun = false
        @Option(help: "With --dry-run: what would be charged by the end of that day.")
        var until: CivilDate?
        @Option(help: "At most this many due charges.") var limit: Int?

        func validate() throws {
            try checkLimit(limit)
            guard until == nil || dryRun else {
                throw ValidationError("--until needs --dry-run; a run charges what is due now.")
            }
        }

        func run(_ session: Session) async throws {
            let options = RunBilling.Options(isDryRun: dryRun, until: until, limit: limit)
            let summary = try await bill(options, session)
            try session.printer.show(summary.json)
            try refuseUnreachable(summary)
        }
    }

    struct ReconcileRun: BookCommand {
        static let configuration = CommandConfiguration(
            commandName: "reconcile",
            abstract: """
                Look up charges and refunds in doubt at the processors, and fetch messages that \
                did not arrive.
                """)
        @ParentCommand var root: Mainstay
        @Flag(help: "Show how much is in doubt, without asking a processor.") var dryRun = false

        func run(_ session: Session) async throws {
            if dryRun {
                return try session.printer.show(
                    await ReconcileCharges.due(in: session.context).json)
            }
            let progress = session.printer.progress("charges asked about")
            defer { progress.finish() }
            let summary = try await RunJobs.once(.reconcile, in: session.context) {
                try await session.reachingProcessors { processors in
                    try await ReconcileCharges.run(
                        through: processors, in: session.context, progress: progress.show)
                }
            } json: {
                $0.json
            }
            progress.finish()
            try session.printer.show(summary.json)
        }
    }

    struct Books: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Compare the book with every processor's records, payouts included. What differs is \
                an attention. It runs once a night in 'serve' and 'work'.
                """)
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            let summary = try await compareBooks(session)
            try session.printer.show(summary.json)
            if let failure = summary.failure { throw Problem(.unavailable, failure) }
        }
    }

    struct Webhooks: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send the events that are due to webhook endpoints.")
        @ParentCommand var root: Mainstay
        @Flag(help: "Show how much is due, and send nothing.") var dryRun = false
        @Option(help: "At most this many deliveries.") var limit: Int?

        func validate() throws { try checkLimit(limit) }

        func run(_ session: Session) async throws {
            if dryRun {
                let due = try await DeliverWebhooks.due(in: session.context)
                return try session.printer.show(["due": .integer(Int64(due))])
            }
            let progress = session.printer.progress("deliveries")
            defer { progress.finish() }
            let summary = try await send(limit: limit, session, progress.show)
            progress.finish()
            try session.printer.show(summary.json)
            guard summary.disabledEndpoints > 0 else { return }
            session.printer.remark(
                "\(summary.disabledEndpoints) endpoint(s) disabled: see 'mainstay webhook endpoint "
                    + "list'; set mail.operator to be told by mail.")
        }
    }

    struct Retention: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Delete what no longer needs to be kept: people, mails, links, deliveries, stored \
                answers. The retention.* settings say how long things are kept.
                """)
        @ParentCommand var root: Mainstay
        @Flag(help: "Show how much would be deleted, and change nothing.") var dryRun = false

        func run(_ session: Session) async throws {
            let json =
                dryRun
                ? try await RunRetention.run(isDryRun: true, in: session.context).json
                : try await retain(session)
            try session.printer.show(json)
        }
    }

    struct Seal: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal new events into the audit trail.")
        @ParentCommand var root: Mainstay
        @Flag(help: "Show how many events wait, and change nothing.") var dryRun = false

        func run(_ session: Session) async throws {
            if dryRun {
                let waiting = try await SealEvents.waiting(in: session.context)
                return try session.printer.show(["waiting": .integer(Int64(waiting))])
            }
            let progress = session.printer.progress("events")
            defer { progress.finish() }
            let json = try await seal(session, progress.show)
            progress.finish()
            try session.printer.show(json)
        }
    }
}

extension Run {
    struct All: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run every job once, each before those that use its results.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            let context = session.context
            var all = AllJobs()
            let billing = try await all.run("billing") {
                try await bill(.init(), session)
            } json: {
                $0.json
            }
            let reminders = try await all.run("reminders") {
                try await decide(limit: nil, session)
            } json: {
                $0.json
            }
            if try await ReportStatus.isDue(.books, in: context) {
                try await all.run("books") { try await compareBooks(session).json }
            }
            // Before mail, so that its mail to the operator leaves with the others.
            try await all.run("attention") {
                try await RunJobs.once(.attention, in: context) {
                    try await CheckAttention.run(in: context).json
                } json: {
                    $0
                }
            }
            try await all.run("mail") { try await deliver(limit: nil, session).json }
            try await all.run("webhooks") { try await send(limit: nil, session).json }
            try await all.run("retention") { try await retain(session) }
            try await all.run("seal") { try await seal(session) }
            _ = try await SendHeartbeat.run(through: SendHeartbeat.ask, in: context)
            try session.printer.show(.object(all.summaries))
            if let reminders { remarkWaiting(reminders, session) }
            if let failure = all.failure { throw failure }
            if let billing { try refuseUnreachable(billing) }
        }
    }
}

/// Runs jobs one after the other. What stops one does not stop the others.
private struct AllJobs {
    private(set) var summaries: [JSON.Member] = []
    /// The first error.
    private(set) var failure: (any Error)?

    /// Returns what the job did; nil if it failed. Throws only CancellationError.
    mutating func run<Summary>(
        _ name: String, _ job: () async throws -> Summary, json: (Summary) -> JSON
    ) async throws -> Summary? {
        do {
            let summary = try await job()
            summaries.append(JSON.Member(name: name, value: json(summary)))
            return summary
        } catch let error as CancellationError {
            throw error
        } catch {
            summaries.append(JSON.Member(name: name, value: .null))
            failure = failure ?? error
            return nil
        }
    }

    mutating func run(_ name: String, _ job: () async throws -> JSON) async throws {
        _ = try await run(name, job, json: { $0 })
    }
}

private func bill(
    _ options: RunBilling.Options, _ session: Session
) async throws -> RunBilling.Summary {
    let context = session.context
    let start = context.now
    let work = {
        try await session.reachingProcessors { processors in
            let progress = session.printer.progress("charges")
            defer { progress.finish() }
            return try await RunBilling.run(
                options, through: processors, in: context, progress: progress.show)
        }
    }
    if options.isDryRun { return try await work() }
    let summary = try await RunJobs.once(.billing, in: context, work) {
        $0.json
    } failure: {
        $0.failure
    }
    // Billing asks about what is in doubt first.
    try await RunJobs.record(
        .reconcile, since: start, .success(summary.reconciled.json), in: context)
    return summary
}

private func decide(
    limit: Int?, _ session: Session, _ show: @escaping @Sendable (Int) -> Void = { _ in }
) async throws -> SendReminders.Summary {
    try await RunJobs.once(.reminders, in: session.context) {
        try await SendReminders.run(limit: limit, in: session.context, progress: show)
    } json: {
        $0.json
    }
}

private func send(
    limit: Int?, _ session: Session, _ show: @escaping @Sendable (Int) -> Void = { _ in }
) async throws -> DeliverWebhooks.Summary {
    try await RunJobs.once(.webhooks, in: session.context) {
        try await session.sendingWebhooks { send in
            try await DeliverWebhooks.run(
                limit: limit, through: send, in: session.context, progress: show)
        }
    } json: {
        $0.json
    }
}

private func compareBooks(_ session: Session) async throws -> CompareBooks.Summary {
    try await RunJobs.once(.books, in: session.context) {
        try await session.reachingProcessors { processors in
            try await CompareBooks.run(through: processors, in: session.context)
        }
    } json: {
        $0.json
    } failure: {
        $0.failure
    }
}

private func retain(_ session: Session) async throws -> JSON {
    try await RunJobs.once(.retention, in: session.context) {
        try await RunRetention.run(isDryRun: false, in: session.context).json
    } json: {
        $0
    }
}

private func seal(
    _ session: Session, _ show: @escaping @Sendable (Int) -> Void = { _ in }
) async throws -> JSON {
    try await RunJobs.once(.seal, in: session.context) {
        try await SealEvents.run(in: session.context, progress: show).json
    } json: {
        $0
    }
}

/// Throws a Finding with exit code 69 if a processor could not be asked.
private func refuseUnreachable(_ summary: RunBilling.Summary) throws {
    guard let complaint = summary.complaint else { return }
    throw Finding(code: ExitStatus.unavailable, line: complaint)
}

private func remarkWaiting(_ summary: SendReminders.Summary, _ session: Session) {
    guard summary.waiting > 0 else { return }
    session.printer.remark(
        "\(summary.waiting) support reminder(s) wait: support mail is sent only after "
            + "'mainstay newsroom set --legal-name … --postal-address …'")
}

private func checkLimit(_ limit: Int?) throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1.") }
}

private func deliver(limit: Int?, _ session: Session) async throws -> DeliverMail.Summary {
    let progress = session.printer.progress("mails")
    defer { progress.finish() }
    return try await RunJobs.once(.mail, in: session.context) {
        let post = try session.postOffice()
        return try await DeliverMail.run(
            limit: limit, through: post.transport, templates: post.templates,
            in: session.context, progress: progress.show)
    } json: {
        $0.json
    }
}
