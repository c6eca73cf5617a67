import Payments
import Pledging
import Store
import TestSupport
import Workflows

/// Runs the days of a scenario.
final class World {
    let scenario: Scenario
    let dice: Dice
    let clock: WorldClock
    let processor: SimulatedProcessor
    let desk: Desk
    var trace = Trace()
    var outcome = Outcome()
    /// How many readers there are; a reader's token contains this number.
    var readers = 0
    /// Processor messages on their way, and when each arrives.
    private var mailbag: [(at: Instant, number: Int)] = []
    private var messagesSeen = 0
    private var idleUntil = 0
    private var downUntil = 0
    private var postDownUntil = 0

    /// Thursday, 26 November 2026: the first charges fall on the last days of months, and 2028 has
    /// a 29 February.
    private static let start = Instant(milliseconds: 1_795_651_200_000)

    init(_ scenario: Scenario) async throws {
        self.scenario = scenario
        dice = Dice(seed: scenario.seed)
        let clock = WorldClock(World.start)
        self.clock = clock
        processor = SimulatedProcessor(clock: { clock.now }, dice: dice.fork())
        desk = try await Desk(clock: clock, processor: processor, dice: dice)
        if scenario.profile.isLossy { processor.lossPerThousand = 25 }
        if scenario.profile.restores { processor.expectReuse() }
    }

    func live() async throws -> Outcome {
        do {
            return try await liveAll()
        } catch let failure as SimulationFailure {
            throw try await explained(failure)
        }
    }

    private func liveAll() async throws -> Outcome {
        try await liveDays()
        note("the months of trouble are over")
        processor.lossPerThousand = 0
        processor.isDown = false
        desk.post.isDown = false
        for day in scenario.days..<scenario.days + World.restDays { try await rest(day) }
        try await checkRest()
        outcome.payments = processor.payments.count { $0.taken }
        outcome.refunds = processor.refundCount
        outcome.disputes = processor.disputeCount
        outcome.extraPayments = try await extraPayments().count
        outcome.mails = desk.letterbox.count
        outcome.digest = trace.digest
        return outcome
    }

    /// Runs the months of trouble.
    func liveDays() async throws {
        for day in 0..<scenario.days { try await live(day) }
    }

    /// Longer than anything waits: a month in doubt, a hold, a dunning.
    private static let restDays = 75

    // MARK: A day

    private func live(_ day: Int) async throws {
        dawn(day, hour: 3)
        if scenario.profile.isLossy { weather(day) }
        // Readers act before the day's charges, or while some of these are in doubt.
        let comesEarly = day < idleUntil || dice.chance(500)
        if comesEarly { try await act(day) }
        guard day >= idleUntil else { return try await checkDay(day) }
        // The newsroom's machine may be off for days.
        if dice.chance(4) {
            idleUntil = day + (dice.chance(150) ? dice.within(25...50) : dice.within(2...20))
        }
        try await work(.remind, besides: [.remind])
        dawn(day, hour: 7)
        try await bill(day)
        if dice.chance(150) {
            // Before the processor's search finds what was just made.
            clock.now = clock.now.adding(seconds: Int64(dice.within(330...900)))
            try await work(.reconcile)
        }
        dawn(day, hour: dice.within(9...16))
        if !comesEarly { try await act(day) }
        try await deliverMessages()
        if dice.chance(300) { try await work(.reconcile) }
        if dice.chance(250) {
            dawn(day, hour: 20)
            try await work(.bill)
        }
        if day % 7 == 0 { try await work(.retain) }
        if day % 7 == 3 { try await work(.compare) }
        if scenario.profile.restores { try await restore(day) }
        try await checkDay(day)
    }

    private func rest(_ day: Int) async throws {
        dawn(day, hour: 4)
        try await run(.remind, Life())
        dawn(day, hour: 8)
        try await run(.bill, Life())
        dawn(day, hour: 18)
        try await run(.reconcile, Life())
        try await checkDay(day)
    }

    /// Sets the true time to that hour; then the processor does what is due.
    private func dawn(_ day: Int, hour: Int) {
        let midnight = World.start.adding(days: Int64(day))
        clock.now = midnight.adding(seconds: Int64(hour * 3_600 + dice.below(1_800)))
        processor.ripen()
    }

    private func weather(_ day: Int) {
        if day >= postDownUntil {
            desk.post.isDown = dice.chance(6)
            if desk.post.isDown {
                postDownUntil = day + (dice.chance(150) ? dice.within(20...40) : dice.within(1...9))
                note("no mail leaves until day \(postDownUntil)")
            }
        }
        guard day >= downUntil else { return }
        processor.isDown = dice.chance(12)
        guard processor.isDown else { return }
        downUntil = day + (dice.chance(60) ? dice.within(28...36) : dice.within(1...5))
        note("the processor is down until day \(downUntil)")
    }

    // MARK: Programs

    func note(_ text: String) { trace.add(text, at: clock.now) }

    func fail(_ complaints: [String]) -> SimulationFailure {
        SimulationFailure(scenario: scenario, complaints: complaints, trace: trace.last)
    }

    private func drawLife() -> Life {
        guard scenario.profile.dies, dice.chance(350) else { return Life() }
        return Life(steps: dice.within(1...60), diesAfter: dice.chance(500))
    }

    private func work(_ job: Program.Job) async throws { try await run(job, drawLife()) }

    private func run(
        _ job: Program.Job, _ life: Life, skewMilliseconds: Int64 = 0
    ) async throws {
        let program = try desk.program(life, skewMilliseconds: skewMilliseconds)
        let failure = await program.outcome(of: job, isSkewed: skewMilliseconds != 0)
        note(job.rawValue + (life.isOver ? ", killed" : ""))
        if life.isOver { outcome.deaths += 1 }
        if let failure { throw fail([failure]) }
        try await checkStep()
    }

    private func bill(_ day: Int) async throws {
        if scenario.profile.jumps, dice.chance(60) {
            // Minutes are allowed; hours and days must be refused.
            let minutes = dice.pick([-9, 9, -70, 70, 3_000, -3_000, 50_000, -50_000])
            note("the clock is off by \(minutes) minutes")
            try await run(.bill, drawLife(), skewMilliseconds: Int64(minutes) * 60_000)
        }
        try await work(.bill, besides: [.bill, .bill, .reconcile])
    }

    /// Runs one program, and sometimes another at the same time, so that their steps mix.
    private func work(_ job: Program.Job, besides others: [Program.Job]) async throws {
        guard scenario.profile.runsPairs, dice.chance(400) else { return try await work(job) }
        outcome.pairs += 1
        let lives = [drawLife(), drawLife()]
        let programs = try lives.map { try desk.program($0) }
        let jobs = [job, dice.pick(others)]
        let failures = await withTaskGroup(of: String?.self) { group in
            for (program, job) in zip(programs, jobs) {
                group.addTask { await program.outcome(of: job, isSkewed: false) }
            }
            return await group.compactMap(\.self).reduce(into: [String]()) { $0.append($1) }
        }
        outcome.deaths += lives.count(where: \.isOver)
        note("two at once: \(jobs.map(\.rawValue))")
        if !failures.isEmpty { throw fail(failures) }
        try await checkStep()
    }

    /// Messages come late, twice, in any order, or never.
    private func deliverMessages() async throws {
        let all = processor.messages
        for number in messagesSeen..<all.count {
            let isUnkind = scenario.profile != .calm
            if isUnkind, dice.chance(200) { continue }
            for _ in 0..<(isUnkind && dice.chance(150) ? 2 : 1) {
                let hours = isUnkind ? Int64(dice.below(72)) : 0
                mailbag.append((all[number].madeAt.adding(hours: hours), number))
            }
        }
        messagesSeen = all.count
        let now = clock.now
        let due = mailbag.filter { $0.at <= now }
        mailbag.removeAll { $0.at <= now }
        let program = try desk.program()
        for (_, number) in due {
            _ = try await RecordProcessorEvent.run(
                all[number].inbound.body, headers: [], from: processor, in: program.context)
        }
        guard dice.chance(500) else { return }
        _ = try await ApplyProcessorEvents.run(
            through: program.processors, in: program.context)
        try await checkStep()
    }

    // MARK: An older copy

    private func restore(_ day: Int) async throws {
        if dice.chance(8) {
            try await desk.copyBook()
            note("a copy is made")
        }
        let isFolder = dice.chance(400)
        guard dice.chance(12), try desk.restoreCopy(withJournal: isFolder) else { return }
        note(isFolder ? "the folder is put back" : "the copy is restored")
        outcome.restores += 1
        let program = try desk.program()
        if isFolder {
            // Nothing holds it: its first run must learn what was paid before it charges.
            if let failure = await program.outcome(of: .bill, isSkewed: false) {
                throw fail([failure])
            }
            return try await checkStep()
        }
        // A program that runs on the copy unawares is refused.
        if (try? await program.run(.bill)) != nil {
            if try await program.context.book.read({ try $0.runs() }) > 0 {
                note("the copy was not held")
            }
            return
        }
        _ = try await ReleaseBook.run(
            sendsAgain: dice.chance(500), in: program.context)
        try await checkStep()
    }
}
