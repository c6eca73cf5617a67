package import Pledging

/// All processors. A new one needs a folder of its own and a row here.
package enum ProcessorTable {
    /// In the order in which they are offered.
    package static let rows: [ProcessorFactory] = [
        StripeProcessor.factory,
        SandboxProcessor.factory,
    ]

    /// The processor of a payment method that names none.
    package static let standard = SandboxProcessor.factory.name

    /// Returns the most that one payment through a processor can take, in minor units; nil if it
    /// names no limit, or is not in the table.
    package static func maximumMinorUnits(of name: String, _ currency: Currency) -> Int64? {
        rows.first { $0.name == name }?.maximumMinorUnits(currency)
    }

    /// Returns the processors that the settings set up, in the table's order; makes none. Throws
    /// `ProcessorSetupError` for a setting that cannot be used.
    package static func setUp(
        by settings: ProcessorSettings
    ) throws(ProcessorSetupError) -> [ProcessorSetup] {
        try setUp(rows, by: settings)
    }

    static func setUp(
        _ rows: [ProcessorFactory], by settings: ProcessorSettings
    ) throws(ProcessorSetupError) -> [ProcessorSetup] {
        var found: [(row: ProcessorFactory, mode: ProcessorMode)] = []
        for row in rows {
            if let mode = try row.mode(settings) { found.append((row, mode)) }
        }
        let isLive = found.contains { $0.mode == .live }
        return found.filter { !($0.row.isBuiltIn && isLive) }
            .map { ProcessorSetup($0.row, $0.mode, settings) }
    }
}
