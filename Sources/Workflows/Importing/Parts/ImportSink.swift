import Pledging
import Store

/// Writes checked rows into the book, one batch per transaction.
struct ImportSink: Sendable {
    private let context: Context
    private let options: ImportBook.Options
    private let now: Instant

    init(_ context: Context, _ options: ImportBook.Options, _ now: Instant) {
        self.context = context
        self.options = options
        self.now = now
    }

    /// The result of a batch.
    struct Written: Sendable {
        var summary = ImportBook.Summary()
        /// Rows that the newsroom's policy refuses.
        var refused: [BadRow] = []
    }

    func write(_ rows: [ImportRow]) async throws -> Written {
        try await context.change(at: now) { change in
            let table = try change.riskTable()
            let refused = try rows.compactMap { try $0.refusal(by: table, change) }
            let lines = Set(refused.map(\.line))
            let admitted = refused.isEmpty ? rows : rows.filter { !lines.contains($0.line) }
            return Written(
                summary: try writeBatch(admitted, change), refused: refused)
        }
    }

    private func writeBatch(
        _ rows: [ImportRow], _ change: Change
    ) throws -> ImportBook.Summary {
        let hashes = try rows.map {
            try change.store.keys.hashes(.importedRow, texts: $0.identity)
        }
        var new = try change.store.claimImportedRows(hashes, at: change.now)
        var summary = ImportBook.Summary()
        var events: [Event] = []
        for (row, hash) in zip(rows, hashes) {
            // Removing the hash makes a second, identical row of the batch count as known.
            guard let first = hash.first, new.remove(first) != nil else {
                summary.known += 1
                continue
            }
            summary.imported += 1
            try write(row, change, &summary, &events)
        }
        try change.store.append(events, isFannedOut: options.deliversEvents)
        return summary
    }

    private func write(
        _ row: ImportRow, _ change: Change,
        _ summary: inout ImportBook.Summary, _ events: inout [Event]
    ) throws {
        let (supporter, created) = try change.supporters.findOrAdd(row.contact)
        summary.supporters += created.count
        events += created
        var method: PaymentMethod?
        if let checked = row.method {
            var new = checked.method(try change.id(), of: supporter.id, at: change.now)
            if row.pledge?.state == .completed {
                // The token of a completed one-off is not needed any more.
                new.state = .revoked
                new.secret = nil
            }
            try change.store.insert(new)
            events.append(try change.event(.paymentMethodAttached, new))
            summary.paymentMethods += 1
            method = new
        }
        if let terms = row.pledge {
            let pledge = try pledge(terms, supporter.id, method, change)
            try change.store.insert(pledge)
            events.append(try change.event(.pledgeRegistered, pledge))
            summary.pledges += 1
            if row.movedCharge { summary.movedCharges += 1 }
        }
        if let remindOn = row.remindOn {
            try remind(supporter, row.contact, remindOn, change, &summary, &events)
        }
    }

    private func pledge(
        _ terms: ImportRow.PledgeTerms, _ supporter: ID<Supporter>, _ method: PaymentMethod?,
        _ change: Change
    ) throws -> Pledge {
        // A one-off ends on the day on which it was given: one of long ago must not cancel today's
        // reminder.
        let given = terms.lastChargedOn ?? terms.startedOn
        let ended =
            terms.state == .completed
            ? min(now, Instant(milliseconds: Int64(given.daysSinceEpoch) * 86_400_000)) : now
        var pledge = Pledge(
            id: try change.id(), supporterID: supporter, paymentMethodID: method?.id,
            amount: terms.amount, interval: terms.interval, state: terms.state,
            anchor: terms.anchor, startedOn: terms.startedOn, nextChargeOn: terms.nextChargeOn,
            pausedUntil: terms.state == .paused ? terms.nextChargeOn : nil,
            dueBeforePause: terms.state == .paused ? terms.firstFreeChargeOn : nil,
            lastChargedOn: terms.lastChargedOn,
            cancellation: terms.state == .cancelled
                ? Cancellation(reason: .other, by: .staff) : nil,
            endedAt: terms.state.isFinal ? ended : nil, createdAt: now)
        pledge.needsNotice = pledge.alwaysNeedsNotice(by: method?.kind)
        return pledge
    }

    /// Schedules a reminder. If its day is over, it is stored as skipped and nobody gets a mail.
    private func remind(
        _ supporter: Supporter, _ contact: Contact, _ dueOn: CivilDate,
        _ change: Change, _ summary: inout ImportBook.Summary, _ events: inout [Event]
    ) throws {
        let zone = try change.zone(of: supporter.contact?.timeZone ?? contact.timeZone)
        let dueAt = ReminderCalendar.instant(of: dueOn, in: zone)
        let isPast = dueAt <= now
        if !isPast {
            // One open one-off per address and month.
            let open = try change.store.openSupportReminders(of: supporter.id)
            guard
                !open.contains(where: { $0.series == nil && $0.dueOn.yearMonth == dueOn.yearMonth })
            else { return }
        }
        let id: ID<Reminder> = try change.id()
        let reminder = Reminder(
            id: id, supporterID: supporter.id, kind: .support, subjectID: id.text, period: "1",
            dueOn: dueOn, dueAt: dueAt,
            consent: Reminder.Consent(
                at: now, door: "import", wording: "sha256:\(options.fileDigest)"),
            state: isPast ? .skipped : .scheduled,
            reason: isPast ? SkipReason.tooLate.rawValue : nil, createdAt: now)
        try change.store.insert(reminder)
        events.append(
            try change.event(isPast ? .reminderSkipped : .reminderScheduled, reminder))
        summary.reminders += 1
        if isPast { summary.pastReminders += 1 }
    }
}

extension ImportRow {
    /// Returns why the newsroom's policy refuses the row; nil when it does not. `warn` refuses
    /// nobody, because these readers give already and were informed elsewhere. `oneOffOnly` refuses
    /// live recurring pledges.
    fileprivate func refusal(
        by table: RiskTable, _ change: Change
    ) throws -> BadRow? {
        if table.allowsAll { return nil }
        var policy = table.policy(
            for: RiskFacts(
                email: contact.email, declared: contact.country,
                issuing: [method?.secret.issuingCountry].compactMap { $0 }))
        if let known = try change.store.supporter(email: contact.email) {
            policy = max(policy, try change.policy(for: known, by: table))
        }
        let repeats = pledge.map { !$0.state.isFinal && $0.interval != .once } ?? false
        guard policy == .refuse || (policy == .oneOffOnly && repeats) else { return nil }
        return BadRow(
            line: line,
            rule: policy == .refuse
                ? "refused by the risk policy" : "the risk policy takes single payments only")
    }
}
