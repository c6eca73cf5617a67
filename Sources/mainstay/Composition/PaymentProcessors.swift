import Payments
import Workflows

extension Session {
    /// Lends the payment processors that the settings set up, and closes them afterwards.
    func reachingProcessors<Answer>(
        _ body: (Processors) async throws -> Answer
    ) async throws -> Answer {
        let context = context
        let place = ProcessorPlace(
            bookPath: location.path, now: { context.now }, steady: SteadyClock(ContinuousClock()))
        var all: [any PaymentProcessor] = []
        do {
            for setup in try source.processors() {
                all.append(
                    try namingSetting { () throws(ProcessorSetupError) in
                        try setup.make(in: place)
                    })
            }
            let answer = try await body(Processors(all))
            for processor in all { try await processor.close() }
            return answer
        } catch {
            for processor in all { try? await processor.close() }
            throw error
        }
    }

    /// Warns of processors that methods of the book are of and that are not set up here.
    func warnOfMissingProcessors() async throws {
        let setUp = try source.processors().map(\.name)
        let missing = try await BrowseBook.processorsOfMethods(in: context)
            .filter { !setUp.contains($0) }
        guard !missing.isEmpty else { return }
        printer.remark(
            "warning: \(missing.joined(separator: ", ")): not set up here (these are: "
                + "\(setUp.joined(separator: ", "))); what is paid through it is charged only "
                + "where billing runs with its key")
    }

    /// Returns the method with what its processor knows of it, before any bank is contacted. Throws
    /// Problem if that processor is not set up.
    func previewed(_ details: MethodInput) async throws -> MethodInput {
        guard try await BrowseBook.asksForCountries(in: context) else {
            let names = try source.processors().map(\.name)
            guard names.contains(details.processor) else { throw Processors.notSetUp(names) }
            return details
        }
        return try await reachingProcessors { processors in
            try await details.previewed(through: processors, in: context)
        }
    }
}

extension SettingsSource {
    /// The settings of all processors, in the table's order.
    var ofProcessors: [Found] {
        ProcessorTable.rows.flatMap(\.settings).map { setting in
            given(setting.name, isSecret: setting.isSecret)
                ?? Found(
                    key: setting.name, value: setting.standard, origin: .standard,
                    isSecret: setting.isSecret)
        }
    }

    /// Returns the processors that are set up; makes none. Throws Problem `.invalid` for a setting
    /// that cannot be used.
    func processors() throws -> [ProcessorSetup] {
        let values = ofProcessors.compactMap { found in found.value.map { (found.key, $0) } }
        let settings = ProcessorSettings(Dictionary(values) { first, _ in first })
        return try namingSetting { () throws(ProcessorSetupError) in
            try ProcessorTable.setUp(by: settings)
        }
    }

    /// Throws Problem `.notPermitted` if a processor is in live mode: at a made-up time, decisions
    /// about reminders, mails and people would be real too.
    func refuseRehearsal() throws {
        guard let live = try processors().first(where: { $0.mode == .live }) else { return }
        throw Problem(
            .notPermitted, option: "--now",
            "works only in rehearsals, but \(live.name) is in live mode; leave it out")
    }
}

/// Turns a setting that cannot be used into a Problem that names it.
private func namingSetting<Answer>(
    _ body: () throws(ProcessorSetupError) -> Answer
) throws -> Answer {
    do {
        return try body()
    } catch {
        guard case .setting(let name, let reason) = error else { throw error }
        throw Problem(.invalid, field: .setting(name), reason)
    }
}
