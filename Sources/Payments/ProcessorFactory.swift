package import Pledging

/// How a kind of processor comes to be: its row of `ProcessorTable`.
package struct ProcessorFactory: Sendable {
    /// As payment methods name it.
    package let name: String
    /// All that it takes; each name begins with the processor's.
    package let settings: [ProcessorSetting]
    /// It is there without any setting, but never beside one in live mode: test and live money
    /// never mix in one book.
    var isBuiltIn = false
    /// It keeps a file beside the book, whose name is the book's with this at its end.
    package var fileSuffix: String?
    /// Whether real money moves by these settings; nil where they do not set it up. Throws for a
    /// setting that cannot be used. It makes nothing and asks nobody.
    let mode: @Sendable (ProcessorSettings) throws(ProcessorSetupError) -> ProcessorMode?
    /// Opens what it needs. Called only where `mode` says one.
    let make:
        @Sendable (ProcessorSettings, ProcessorPlace) throws(ProcessorSetupError)
            -> any PaymentProcessor
}

/// A setting of a processor.
package struct ProcessorSetting: Hashable, Sendable {
    /// As it stands in a file of settings, like `acme.secret_key`.
    package let name: String
    /// Masked wherever settings are shown.
    package let isSecret: Bool
    /// What it is where nobody says anything; nil for nothing.
    package let standard: String?

    init(_ name: String, isSecret: Bool = false, standard: String? = nil) {
        self.name = name
        self.isSecret = isSecret
        self.standard = standard
    }
}

/// What was set, by the names of settings. It prints none of it: secrets are among them.
package struct ProcessorSettings: Sendable, CustomStringConvertible, CustomReflectable {
    private let values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    subscript(setting: ProcessorSetting) -> String? { values[setting.name] ?? setting.standard }

    package var description: String { "ProcessorSettings(\(values.count))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What the composition root lends to every processor.
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

/// A processor that settings set up, before it is made.
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

    /// The processor, which is to be closed. Throws for a file that cannot be opened.
    package func make(
        in place: ProcessorPlace
    ) throws(ProcessorSetupError) -> any PaymentProcessor {
        try factory.make(settings, place)
    }
}

/// Why a processor cannot be set up or made. It holds no secret.
package enum ProcessorSetupError: Error, Equatable, CustomStringConvertible {
    /// A setting, by its name, that cannot be used.
    case setting(String, reason: String)
    /// Its file cannot be opened or made; `code` is an errno, and the reason names the file.
    case file(code: Int32, reason: String)

    package var description: String {
        switch self {
        case .setting(let name, let reason): "\(name): \(reason)"
        case .file(_, let reason): reason
        }
    }
}
