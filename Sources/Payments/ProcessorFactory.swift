package import Pledging

/// How a processor is set up and made; a row of `ProcessorTable`.
package struct ProcessorFactory: Sendable {
    /// The name that payment methods store.
    package let name: String
    /// All settings of the processor; each name begins with the processor's.
    package let settings: [ProcessorSetting]
    /// Whether it is available without any setting. It is never offered beside a processor in live
    /// mode: test and live money never mix in one book.
    var isBuiltIn = false
    /// Appended to the book's path, this is the path of the file that the processor keeps; nil if
    /// it keeps none.
    package var fileSuffix: String?
    /// Returns the most that one payment can take, in minor units; nil if there is no limit below
    /// ours.
    var maximumMinorUnits: @Sendable (Currency) -> Int64? = { _ in nil }
    /// Returns the mode that the settings select; nil if they do not set it up. Throws
    /// `ProcessorSetupError` for a setting that cannot be used. Opens nothing and calls nobody.
    let mode: @Sendable (ProcessorSettings) throws(ProcessorSetupError) -> ProcessorMode?
    /// Makes the processor. Called only if `mode` returned a mode.
    let make:
        @Sendable (ProcessorSettings, ProcessorPlace) throws(ProcessorSetupError)
            -> any PaymentProcessor
}

/// A setting of a processor.
package struct ProcessorSetting: Hashable, Sendable {
    /// The name in a settings file, like `acme.secret_key`.
    package let name: String
    /// Whether the value is masked wherever settings are shown.
    package let isSecret: Bool
    /// The default value; nil for none.
    package let standard: String?

    init(_ name: String, isSecret: Bool = false, standard: String? = nil) {
        self.name = name
        self.isSecret = isSecret
        self.standard = standard
    }
}

/// The values that were set, by setting name. It prints none of them, because some are secrets.
package struct ProcessorSettings: Sendable, CustomStringConvertible, CustomReflectable {
    private let values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    subscript(setting: ProcessorSetting) -> String? { values[setting.name] ?? setting.standard }

    package var description: String { "ProcessorSettings(\(values.count))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the composition root passes to every processor that it makes.
package struct ProcessorPlace: Sendable {
    package let bookPath: String
    package let now: @Sendable () -> Instant
    package let steady: SteadyClock

    package init(bookPath: String, now: @escaping @Sendable () -> Instant, steady: SteadyClock) {
        self.bookPath = bookPath
        self.now = now
        self.steady = steady
    }
}

/// A processor that the settings set up, not yet made.
package struct ProcessorSetup: Sendable {
    package let name: String
    package let mode: ProcessorMode
    private let factory: ProcessorFactory
    private let settings: ProcessorSettings

    init(_ factory: ProcessorFactory, _ mode: ProcessorMode, _ settings: ProcessorSettings) {
        name = factory.name
        self.mode = mode
        self.factory = factory
        self.settings = settings
    }

    /// Makes the processor, which the caller must close. Throws `ProcessorSetupError` for a setting
    /// that cannot be used or a file that cannot be opened.
    package func make(
        in place: ProcessorPlace
    ) throws(ProcessorSetupError) -> any PaymentProcessor {
        try factory.make(settings, place)
    }
}

/// Why a processor cannot be set up or made. Holds no secret.
package enum ProcessorSetupError: Error, Equatable, CustomStringConvertible {
    /// A setting that cannot be used, by name.
    case setting(String, reason: String)
    /// The processor's file cannot be opened or made. `code` is an errno; the reason names the
    /// file.
    case file(code: Int32, reason: String)

    package var description: String {
        switch self {
        case .setting(let name, let reason): "\(name): \(reason)"
        case .file(_, let reason): reason
        }
    }
}
