import Pledging
import Store
import TestSupport
import Workflows

// What readers and staff do. A refusal is also an answer.
extension World {
    func act(_ day: Int) async throws {
        let program = try desk.program(actor: .cli(user: "staff"))
        let context = program.context
        let pledges = try await desk.book.read {
            try $0.pledges(state: nil, after: "", limit: 100_000)
        }
        let live = pledges.filter { !$0.state.isFinal }
        let wanted = live.count < scenario.pledges ? (dice.chance(600) ? 1 : 0) : 0
        for _ in 0..<wanted { try await tried("register") { try await self.register(context) } }
        for pledge in live where dice.chance(World.actsPerThousand) {
            try await tried("\(pledge.id.text.suffix(6))") {
                try await self.act(on: pledge, program)
            }
        }
        for pledge in live where pledge.state == .pastDue && pledge.interval != .once {
            guard dice.chance(World.givesAgainPerThousand) else { continue }
            try await tried("\(pledge.id.text.suffix(6)) again") {
                try await self.giveAgain(after: pledge, context)
            }
        }
        for pledge in live where pledge.state == .pastDue || pledge.state == .pending {
            guard dice.chance(World.confirmsPerThousand) else { continue }
            try await tried("\(pledge.id.text.suffix(6)) at the bank") {
                try await self.confirmAtBank(pledge, program)
            }
        }
        if dice.chance(3) { try await moveNewsroom(context) }
        if dice.chance(6) { try await tried("risk") { try await self.changeRisk(context) } }
    }

    /// Changes a country's policy, or sets the day on which its readers are removed.
    private func changeRisk(_ context: Context) async throws -> String {
        guard dice.chance(300) else {
            let policy = dice.pick([RiskPolicy.allow, .warn, .oneOffOnly, .refuse])
            _ = try await SetRiskPolicy.run("RU", policy, in: context)
            return "RU \(policy.rawValue)"
        }
        let day = CivilDate(
            daysSinceEpoch: Int(clock.now.milliseconds / 86_400_000) + dice.within(0...20))
        _ = try await DesignateCountry.run("RU", on: day, in: context)
        return "RU is refused from \(day)"
    }

    /// How often a pledge is acted on, in a thousand days.
    private static let actsPerThousand = 8

    /// How often a reader whose charge failed gives again on a day.
    private static let givesAgainPerThousand = 15

    /// How often a reader whose bank asks follows a link to its page on a day.
    private static let confirmsPerThousand = 120

    private func tried(_ what: String, _ body: () async throws -> String) async throws {
        do {
            note("\(what): \(try await body())")
        } catch let problem as Problem {
            note("\(what): refused, \(problem.field.map { "\($0)" } ?? "")")
        } catch let stale as StaleVersion {
            throw fail(["\(what): \(stale)"])
        }
    }

    private func moveNewsroom(_ context: Context) async throws {
        guard scenario.profile.jumps else { return }
        let zone = dice.pick([
            "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC",
        ])
        note("the newsroom moves to \(zone)")
        _ = try await SetNewsroom.run(.init(timeZone: zone), in: context)
    }

    // MARK: A new reader

    private func register(_ context: Context) async throws -> String {
        readers += 1
        let mood = dice.pick([Mood.good, .good, .good, .good] + Mood.allCases)
        let kind = dice.below(100)
        let interval: Interval = kind < 14 ? .year : kind < 20 ? .once : .month
        let isDebit = dice.chance(120)
        let token = "tok_\(readers)_\(mood.rawValue)"
        var request = RegisterPledge.Request(
            person: PersonInput(
                email: "reader\(readers)@example.org",
                country: dice.pick(["DE", "US", "RU", "FR"])),
            amount: interval == .year ? "60.00" : "\(dice.within(3...20)).00",
            currency: dice.pick(["USD", "EUR"]), interval: interval,
            method: MethodInput(
                kind: isDebit ? "sepaDebit" : "card", token: token,
                mandate: isDebit ? "mandate" : nil,
                expires: isDebit ? nil : "20\(dice.within(28...33))-0\(dice.within(1...9))"),
            collectEvery: interval == .month && dice.chance(250) ? dice.pick([3, 6, 12]) : 1,
            isSecond: true, confirmsRisk: true)
        if isDebit { request.currency = "EUR" }
        if dice.chance(200) {
            let later = CivilDate(
                daysSinceEpoch: Int(clock.now.milliseconds / 86_400_000) + dice.within(1...40))
            // A pledge that needs a notice begins today.
            let needsNotice = interval == .year || isDebit || request.collectEvery > 1
            request.startsOn = needsNotice && interval != .once ? nil : later
        }
        let pledge = try await RegisterPledge.run(request, in: context)
        return "\(pledge.id.text.suffix(6)) \(pledge.interval.rawValue) \(mood.rawValue)"
            + " by \(isDebit ? "debit" : "card"), every \(pledge.collectEvery)"
    }

    /// A reader gives again, by the same card or another, instead of mending the failed pledge.
    private func giveAgain(after old: Pledge, _ context: Context) async throws -> String {
        let (contact, method) = try await desk.book.read { transaction in
            (
                try transaction.supporter(old.supporterID)?.contact,
                try old.paymentMethodID.flatMap { try transaction.paymentMethod($0) }
            )
        }
        guard let contact else { return "forgotten" }
        readers += 1
        let isSame = dice.chance(300)
        let token = isSame ? method?.secret?.token : nil
        let pledge = try await RegisterPledge.run(
            RegisterPledge.Request(
                person: PersonInput(email: contact.email.typed), amount: "\(old.amount.decimal)",
                currency: old.amount.currency.code, interval: old.interval,
                method: MethodInput(token: token ?? "tok_\(readers)_good"), isSecond: true,
                confirmsRisk: true), in: context)
        return "\(pledge.id.text.suffix(6)) by \(isSame ? "the same card" : "another card")"
    }

    /// A reader follows the link in one of their mails, whether or not their bank asks for it.
    private func confirmAtBank(_ pledge: Pledge, _ program: Program) async throws -> String {
        let (mails, charge) = try await desk.book.read { transaction in
            (
                try transaction.mails(of: pledge.supporterID).filter { $0.state == "sent" },
                try transaction.openCharge(of: pledge.id)
            )
        }
        guard let charge, !mails.isEmpty else { return "nothing to confirm" }
        let answer = try await ConfirmAtBank.run(
            charge.id, by: desk.book.keys.linkToken(ID(parsing: dice.pick(mails).id)),
            through: program.processors, in: program.context)
        return "\(answer)"
    }

    // MARK: An existing pledge

    private func act(on pledge: Pledge, _ program: Program) async throws -> String {
        let context = program.context
        switch dice.below(25) {
        case 0, 20:
            _ = try await CancelPledge.run(
                pledge.id, Cancellation(reason: .cannotAfford, by: .supporter), in: context)
            return "cancelled"
        case 1, 2, 3, 4:
            let today = Int(clock.now.milliseconds / 86_400_000)
            _ = try await PausePledge.run(
                pledge.id, until: CivilDate(daysSinceEpoch: today + dice.within(2...120)),
                in: context)
            return "paused"
        case 5, 6:
            _ = try await ResumePledge.run(pledge.id, in: context)
            return "resumed"
        case 7, 8, 9, 10, 11, 12:
            guard let method = pledge.paymentMethodID else { return "no method" }
            let mood = dice.pick([Mood.good, .good, .poor, .broke, .asking])
            readers += 1
            _ = try await ReplacePaymentMethod.run(
                method, with: MethodInput(token: "tok_\(readers)_\(mood.rawValue)"), in: context)
            return "another method, \(mood.rawValue)"
        case 13, 14, 15, 16:
            // Only the reader's own click may raise the amount.
            let reader = try desk.program(actor: .reader)
            _ = try await ChangePledge.run(
                pledge.id,
                .init(
                    amount: dice.chance(500) ? "\(dice.within(10...25)).00" : nil,
                    collectEvery: pledge.interval == .month && dice.chance(500)
                        ? dice.pick([1, 3, 6, 12]) : nil,
                    receipts: dice.pick([.each, .yearly])), in: reader.context)
            return "other terms"
        case 17, 18:
            guard let method = pledge.paymentMethodID else { return "no method" }
            _ = try await RemovePaymentMethod.run(
                method, cancellingPledges: true, by: .supporter, in: context)
            return "method removed"
        case 19:
            _ = try await EraseSupporter.run(pledge.supporterID, by: .supporter, in: context)
            return "forgotten"
        default: return try await refund(pledge, program)
        }
    }

    private func refund(_ pledge: Pledge, _ program: Program) async throws -> String {
        let charges = try await desk.book.read {
            try $0.charges(state: .succeeded, pledge: pledge.id, after: "", limit: 100)
        }
        guard let charge = charges.last else { return "nothing to give back" }
        let refund = try await RefundCharge.run(
            charge.id, amount: dice.chance(500) ? "1.00" : nil, through: program.processors,
            in: program.context)
        return "refund \(refund.state.rawValue)"
    }
}
