package import Pledging

/// The settings that verbs follow, with their defaults. They are read from flags, environment and
/// file.
package struct Settings: Sendable {
    /// Which `support` reminders are sent only after their confirmation link was followed.
    package enum Confirmation: String, CaseIterable, Sendable {
        case recurring, always

        func isNeeded(_ reminder: Reminder) -> Bool {
            self == .always || reminder.series != nil
        }
    }

    package var confirmation = Confirmation.recurring
    /// `support` requests per hour in all; more than that come from a script.
    package var siteHourlyMaximum = Settings.siteHourlyStandard
    /// Open `support` requests per address.
    package var openRequestsMaximum = Settings.openRequestsStandard
    /// How long `run retention` keeps data that is over.
    package var retention = Retention()
    /// How `run billing` treats money.
    package var billing = Billing()

    /// The sender of mails; nil means `support@` and the host of the links.
    package var mailFrom: String?
    /// The folder for mails when no mail server is set; nil when there is none.
    package var outboxFolder: String?
    /// The address that gets mail when the operator must act; nil means that nobody does.
    package var mailOperator: EmailAddress?
    /// The URL of a dead-man's switch, asked after each good round of jobs; nil means none.
    package var heartbeatURL: String?
    /// The base URL of the links in mails, without a slash at the end.
    package var linksBaseURL: String?

    /// The page on which readers give; nil means the base URL of the links.
    package var pledgePage: String?
    /// The smallest monthly pledge, as `support` mails name it.
    package var minimumPledge: Money

    package struct Billing: Hashable, Sendable {
        /// What may be sent to processors on one day, in minor units, by currency.
        package var dailyMaximums: [String: Int64] = [:]
        /// What happens to a second payment for one period.
        package var extraPayments = ExtraPayment.Policy.refund

        package init() {}

        /// Returns the maximum in minor units. If the currency is not listed, it is 100,000 times
        /// its smallest monthly pledge.
        package func dailyMaximum(_ currency: Currency) -> Int64 {
            dailyMaximums[currency.code] ?? currency.minimum(.month) * 100_000
        }

        func dailyText(_ currency: Currency) -> String {
            Money(minorUnits: dailyMaximum(currency), currency: currency).description
        }
    }

    /// Times after which data is deleted. Days have 24 hours.
    package struct Retention: Hashable, Sendable {
        /// A reader without a pledge, after their last reminder.
        package var readerDays = Retention.readerDaysStandard
        /// A supporter, in calendar months after their last pledge ended.
        package var supporterMonths = Retention.supporterMonthsStandard
        /// A mail's row after it was sent, and its file in the outbox after it was made.
        package var mailDays = Retention.mailDaysStandard
        /// A webhook delivery, after it was made.
        package var deliveryDays = Retention.deliveryDaysStandard
        /// The answer to an idempotent request, after it was given.
        package var answerDays = Retention.answerDaysStandard
        /// The body of a ProcessorEvent, after it was applied.
        package var processorDays = Retention.processorDaysStandard

        package init() {}

        package static let readerDaysStandard = 7
        package static let supporterMonthsStandard = 24
        package static let mailDaysStandard = 30
        package static let deliveryDaysStandard = 90
        package static let answerDaysStandard = 30
        package static let processorDaysStandard = 7
        /// A hundred years: a longer time is a typing error.
        package static let maximumDays = 36_500
        package static let maximumMonths = 1_200
    }

    /// Throws MoneyError only if the table of currencies does not have USD.
    package init() throws(MoneyError) {
        let currency = try Currency("USD")
        minimumPledge = Money(minorUnits: currency.minimum(.month), currency: currency)
    }

    package static let siteHourlyStandard = 1_000
    package static let openRequestsStandard = 3
    /// Days that a link in a mail works after sending.
    package static let linkDays: Int64 = 365
    /// The base URL of links while none is set; then mail goes only to the outbox.
    package static let localBaseURL = "http://localhost:8080"

    package var baseURL: String { linksBaseURL ?? Settings.localBaseURL }
    var pledgeURL: String { pledgePage ?? baseURL + "/" }
}
