import Configuration
import Foundation
import Pledging
import Store
import SystemPackage
import Web
import Workflows

/// Reads settings: flags first, then the environment, then a file. The ring's passphrase may also
/// come as a systemd credential (`LoadCredential=mainstay-passphrase:…`, or
/// `LoadCredentialEncrypted=`), which only the service can read; its file is used if
/// keys.passphrase_file is not set.
struct SettingsSource {
    enum Origin: String {
        case flag, environment, file, credential
        case standard = "default"
    }

    struct Found {
        let key: String
        let value: String?
        let origin: Origin
        /// Masked wherever settings are shown. Passphrases are in files of their own, never here.
        var isSecret = false
    }

    private let readers: [(origin: Origin, reader: ConfigReader)]

    init(_ root: Mainstay) async throws {
        var flags: [AbsoluteConfigKey: ConfigValue] = [:]
        if let database = root.database {
            flags["database"] = ConfigValue(.string(database), isSecret: false)
        }
        // MAINSTAY_KEYS is the one name that does not follow from its key.
        let environment = EnvironmentVariablesProvider().mapKeys { key in
            key.components == ["keys", "file"]
                ? AbsoluteConfigKey(["mainstay", "keys"], context: key.context)
                : AbsoluteConfigKey(["mainstay"] + key.components, context: key.context)
        }
        var readers: [(Origin, ConfigReader)] = [
            (.flag, ConfigReader(provider: InMemoryProvider(values: flags))),
            (.environment, ConfigReader(provider: environment)),
        ]
        if let path = root.config {
            _ = try readFile(path, maximumBytes: SettingsSource.fileMaximumBytes)
            do {
                let file = try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))
                readers.append((.file, ConfigReader(provider: file)))
            } catch {
                throw Problem(
                    .invalid, option: "--config", "\(path) is not a YAML or JSON file of settings")
            }
        }
        self.readers = readers
    }

    /// All settings, the processors' last.
    var all: [Found] { SettingKey.allCases.map(find) + ofProcessors }

    func find(_ key: SettingKey) -> Found {
        if let given = given(key.rawValue, isSecret: key.isSecret) { return given }
        if key == .keysPassphraseFile, let path = SettingsSource.passphraseCredential {
            return Found(key: key.rawValue, value: path, origin: .credential)
        }
        return Found(key: key.rawValue, value: key.standard, origin: .standard)
    }

    /// Returns what was set, by the setting's name in a file; nil if nothing was.
    func given(_ name: String, isSecret: Bool = false) -> Found? {
        for (origin, reader) in readers {
            if let text = reader.string(forKey: ConfigKey(name), isSecret: isSecret)
                ?? reader.int(forKey: ConfigKey(name)).map(String.init)
            {
                return Found(key: name, value: text, origin: origin, isSecret: isSecret)
            }
        }
        return nil
    }

    subscript(key: SettingKey) -> String? { find(key).value }

    /// Returns a whole number from 1, up to `maximum` if given. Throws Problem otherwise.
    func number(_ key: SettingKey, maximum: Int? = nil) throws -> Int {
        guard let text = self[key], let number = Int(text), number >= 1, number <= maximum ?? .max
        else {
            let end = maximum.map { " to \($0)" } ?? ""
            throw Problem(.invalid, field: key.field, "must be a whole number from 1\(end)")
        }
        return number
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: SettingKey, _ type: Choice.Type
    ) throws -> Choice {
        guard let text = self[key], let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.invalid, field: key.field, "must be one of \(all)")
        }
        return choice
    }

    /// Returns the settings that verbs follow. Throws Problem for one that cannot be used.
    func settings() throws -> Workflows.Settings {
        var settings = try Workflows.Settings()
        settings.confirmation = try choice(.remindersConfirm, Workflows.Settings.Confirmation.self)
        settings.siteHourlyMaximum = try number(.remindersSiteHourlyMax)
        settings.openRequestsMaximum = try number(.remindersOpenMax)
        settings.retention = try retention()
        settings.billing.dailyMaximums = try dailyMaximums()
        settings.billing.extraPayments = try choice(
            .billingExtraPayments, ExtraPayment.Policy.self)
        settings.mailFrom = self[.mailFrom]
        if let address = self[.mailOperator] {
            guard let parsed = try? EmailAddress(address) else {
                throw Problem(
                    .invalid, field: SettingKey.mailOperator.field, "is not an e-mail address")
            }
            settings.mailOperator = parsed
        }
        settings.heartbeatURL = try self[.attentionHeartbeatURL].map {
            try webAddress($0, .attentionHeartbeatURL)
        }
        if let base = try self[.linksBaseURL].map({ try webAddress($0, .linksBaseURL) }) {
            settings.linksBaseURL = base.hasSuffix("/") ? String(base.dropLast()) : base
        }
        settings.pledgePage = try self[.linksPledgePage].map {
            try webAddress($0, .linksPledgePage)
        }
        do {
            let currency = try Currency(self[.remindersCurrency] ?? "")
            settings.minimumPledge = Money(
                minorUnits: currency.minimum(.month), currency: currency)
        } catch {
            throw Problem(.invalid, field: SettingKey.remindersCurrency.field, error.description)
        }
        return settings
    }

    /// Returns the limits of the HTTP service. Throws Problem for one that cannot be used.
    func webLimits() throws -> WebContext.Limits {
        var limits = WebContext.Limits()
        limits.requestsPerSecond = try number(.httpRequestsPerSecond, maximum: 1_000_000)
        limits.failuresPerMinute = try number(.httpFailuresPerMinute, maximum: 1_000_000)
        let proxies = (self[.httpTrustedProxies] ?? "").split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard limits.trust(proxies) else {
            throw Problem(
                .invalid, field: SettingKey.httpTrustedProxies.field,
                "must be addresses separated by commas, like 127.0.0.1,::1")
        }
        return limits
    }

    private func retention() throws -> Workflows.Settings.Retention {
        typealias Retention = Workflows.Settings.Retention
        var times = Retention()
        times.readerDays = try number(.retentionReaderDays, maximum: Retention.maximumDays)
        times.supporterMonths = try number(
            .retentionSupporterMonths, maximum: Retention.maximumMonths)
        times.mailDays = try number(.retentionMailDays, maximum: Retention.maximumDays)
        times.deliveryDays = try number(.retentionDeliveryDays, maximum: Retention.maximumDays)
        times.answerDays = try number(.retentionAnswerDays, maximum: Retention.maximumDays)
        times.processorDays = try number(
            .retentionProcessorDays, maximum: Retention.maximumDays)
        return times
    }

    /// Parses `USD=250000,EUR=100000.50`: the most, by currency, that may be sent to processors on
    /// one day. Returns minor units by currency code.
    private func dailyMaximums() throws -> [String: Int64] {
        var maximums: [String: Int64] = [:]
        for part in (self[.billingDailyMax] ?? "").split(separator: ",") {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2 else {
                throw Problem(
                    .invalid, field: SettingKey.billingDailyMax.field,
                    "write it like USD=250000,EUR=100000")
            }
            do {
                let currency = try Currency(sides[0])
                let money = try Money(parsing: sides[1], currency)
                guard maximums.updateValue(money.minorUnits, forKey: currency.code) == nil else {
                    throw Problem(
                        .invalid, field: SettingKey.billingDailyMax.field,
                        "names \(currency.code) twice")
                }
            } catch let error as MoneyError {
                throw Problem(
                    .invalid, field: SettingKey.billingDailyMax.field, error.description)
            }
        }
        return maximums
    }

    private func webAddress(_ text: String, _ key: SettingKey) throws -> String {
        guard let url = URL(string: text), let scheme = url.scheme, url.host() != nil,
            ["http", "https"].contains(scheme)
        else {
            throw Problem(.invalid, field: key.field, "must be an http(s) address")
        }
        return text
    }

    /// The file of the credential; nil if systemd gave none.
    private static var passphraseCredential: String? {
        let folder = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"] ?? ""
        let path = folder + "/mainstay-passphrase"
        return !folder.isEmpty && FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// A file of settings is short.
    private static let fileMaximumBytes = 1 << 20
}

/// Every setting, by its name in a file; those of processors are in the processors' folders.
enum SettingKey: String, CaseIterable {
    case database
    case keysFile = "keys.file"
    case keysPassphraseFile = "keys.passphrase_file"
    case mailTransport = "mail.transport"
    case mailFrom = "mail.from"
    case mailOperator = "mail.operator"
    case mailSendmail = "mail.sendmail"
    case mailTemplates = "mail.templates"
    /// Asked (GET) after each good round of jobs, for a dead-man's switch.
    case attentionHeartbeatURL = "attention.heartbeat_url"
    case linksBaseURL = "links.base_url"
    case linksPledgePage = "links.pledge_page"
    /// The lowest level that is logged: trace, debug, info, notice, warning, error or critical.
    case logLevel = "log.level"
    case remindersCurrency = "reminders.currency"
    case remindersConfirm = "reminders.confirm"
    case remindersSiteHourlyMax = "reminders.site_hourly_max"
    case remindersOpenMax = "reminders.open_max"
    /// Days that a reader without a pledge is kept after their last reminder.
    case retentionReaderDays = "retention.reader_days"
    /// Calendar months that a supporter is kept after their last pledge ended.
    case retentionSupporterMonths = "retention.supporter_months"
    /// Days that a sent or failed mail is kept, in the book and in the outbox.
    case retentionMailDays = "retention.mail_days"
    /// Days that a webhook delivery is kept once it is delivered or given up.
    case retentionDeliveryDays = "retention.delivery_days"
    /// Days for which a request with an idempotency key gets the same answer again.
    case retentionAnswerDays = "retention.answer_days"
    /// Days that a processor's message is kept after it was applied.
    case retentionProcessorDays = "retention.processor_days"
    /// The most that may be sent to processors on one day, by currency: `USD=250000,EUR=100000`.
    case billingDailyMax = "billing.daily_max"
    /// Whether a second payment for one period is sent back by itself: refund or ask.
    case billingExtraPayments = "billing.extra_payments"
    /// Requests a second that one token may make.
    case httpRequestsPerSecond = "http.requests_per_second"
    /// Unknown tokens and links that one network may show within a minute.
    case httpFailuresPerMinute = "http.failures_per_minute"
    /// Addresses of the proxies whose X-Forwarded-For counts: `127.0.0.1,::1`.
    case httpTrustedProxies = "http.trusted_proxies"

    /// Whether its value is never shown.
    var isSecret: Bool { self == .attentionHeartbeatURL }

    /// The field of a Problem with this setting.
    var field: Problem.Field { .setting(rawValue) }

    var standard: String? {
        switch self {
        case .database: "mainstay.db"
        case .keysFile, .keysPassphraseFile, .mailFrom, .mailOperator, .mailTemplates,
            .attentionHeartbeatURL, .linksBaseURL, .linksPledgePage, .billingDailyMax,
            .httpTrustedProxies:
            nil
        case .httpRequestsPerSecond: String(WebContext.Limits().requestsPerSecond)
        case .httpFailuresPerMinute: String(WebContext.Limits().failuresPerMinute)
        case .logLevel: "warning"
        case .remindersCurrency: "USD"
        case .billingExtraPayments: ExtraPayment.Policy.refund.rawValue
        case .mailTransport: "outbox"
        case .mailSendmail: "/usr/sbin/sendmail"
        case .remindersConfirm: Workflows.Settings.Confirmation.recurring.rawValue
        case .remindersSiteHourlyMax: String(Workflows.Settings.siteHourlyStandard)
        case .remindersOpenMax: String(Workflows.Settings.openRequestsStandard)
        case .retentionReaderDays: String(Workflows.Settings.Retention.readerDaysStandard)
        case .retentionSupporterMonths:
            String(Workflows.Settings.Retention.supporterMonthsStandard)
        case .retentionMailDays: String(Workflows.Settings.Retention.mailDaysStandard)
        case .retentionDeliveryDays: String(Workflows.Settings.Retention.deliveryDaysStandard)
        case .retentionAnswerDays: String(Workflows.Settings.Retention.answerDaysStandard)
        case .retentionProcessorDays: String(Workflows.Settings.Retention.processorDaysStandard)
        }
    }
}
