package import Pledging

/// The settings that verbs follow; defaults are domain.md's. Doors read them from flags,
/// environment and file.
package struct Settings: Sendable {
    /// When a `support` reminder needs its confirmation link followed before it is sent.
    package enum Confirmation: String, CaseIterable, Sendable {
        case recurring, always

        func isNeeded(_ reminder: Reminder) -> Bool {
            self == .always || reminder.series != nil
        }
    }

    package var confirmation = Confirmation.recurring
    /// `support` requests that the whole site takes in an hour: a flood is somebody's script.
    package var siteHourlyMaximum = Settings.siteHourlyStandard
    /// Open `support` requests for one address.
    package var openRequestsMaximum = Settings.openRequestsStandard
    /// How long `run retention` keeps what is over.
    package var retention = Retention()
    /// The brakes of `run billing`.
    package var billing = Billing()

    /// Who mails come from; nil: `support@` the host of the links.
    package var mailFrom: String?
    /// Where mails lie that no transport took; nil where none is kept.
    package var outboxFolder: String?
    /// Who in the newsroom is told what needs a hand; nil: nobody by mail.
    package var mailOperator: EmailAddress?
    /// Where the links in mails lead, without a slash at the end.
    package var linksBaseURL: String?

    /// Where readers give; nil: the base of the links.
    package var pledgePage: String?
    /// The least monthly pledge, as `support` mails name it.
    package var minimumPledge: Money

    package struct Billing: Hashable, Sendable {
        /// What may be sent to processors on one day, in minor units, by currency.
        package var dailyMaximums: [String: Int64] = [:]

        package init() {}

        /// For a currency that is not listed: a hundred thousand of the least monthly pledge.
        package func dailyMaximum(_ currency: Currency) -> Int64 {
            dailyMaximums[currency.code] ?? currency.minimum(.month) * 100_000
        }

        func dailyText(_ currency: Currency) -> String {
            Money(minorUnits: dailyMaximum(currency), currency: currency).description
        }
    }

    /// Times after which data is not needed any more. Days have 24 hours.
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
        /// What a processor told, after it was applied.
        package var processorDays = Retention.processorDaysStandard

        package init() {}

        package static let readerDaysStandard = 7
        package static let supporterMonthsStandard = 24
        package static let mailDaysStandard = 30
        package static let deliveryDaysStandard = 90
        package static let answerDaysStandard = 30
        package static let processorDaysStandard = 7
        /// A hundred years: a longer time is a slip of the pen.
        package static let maximumDays = 36_500
        package static let maximumMonths = 1_200
    }

    /// Throws only if the table of currencies had lost its first row.
    package init() throws(MoneyError) {
        let currency = try Currency("USD")
        minimumPledge = Money(minorUnits: currency.minimum(.month), currency: currency)
    }

    package static let siteHourlyStandard = 1_000
    package static let openRequestsStandard = 3
    /// Days that a link in a mail works after sending.
    package static let linkDays: Int64 = 365
    /// The base of links while no address is set: such mail only goes to the outbox.
    package static let localBaseURL = "http://localhost:8080"

    package var baseURL: String { linksBaseURL ?? Settings.localBaseURL }
    var pledgeURL: String { pledgePage ?? baseURL + "/" }
}
