import Foundation
import Mail
import Pledging
import Store

/// Turns a mail row into a message: template and values, sender, links.
struct MailWriter: Sendable {
    private let newsroom: Newsroom
    private let settings: Settings
    private let templates: TemplateLibrary
    private let address: String
    private let senderDomain: String
    private let keys: KeyRing

    /// Throws when there is no sender that mail can come from.
    init(
        _ newsroom: Newsroom, _ settings: Settings, _ templates: TemplateLibrary, _ keys: KeyRing
    ) throws {
        self.newsroom = newsroom
        self.settings = settings
        self.templates = templates
        self.keys = keys
        let host = URL(string: settings.baseURL)?.host() ?? "localhost"
        address = settings.mailFrom ?? "support@\(host)"
        do throws(MailError) {
            let wire = try Mailbox(name: nil, address: address).wireAddress(.from)
            senderDomain = wire.split(separator: "@").last.map(String.init) ?? host
        } catch {
            throw Problem(
                .unavailable, field: .mailFrom,
                "\(error); give a plain address like support@example.org")
        }
    }

    /// The same mail gives the same bytes, however often it is rendered. `isDiscreet` for a reader
    /// whose mails shall not show who writes and what about, whatever the newsroom's profile.
    func render(
        _ mail: QueuedMail, to contact: Contact, isDiscreet: Bool
    ) throws -> RenderedMail {
        let token = try keys.linkToken(mail.id)
        let wanted = isDiscreet ? Newsroom.Profile.discreet : newsroom.profile
        guard let template = MailTemplate(rawValue: mail.kind.rawValue),
            let profile = MailProfile(rawValue: wanted.rawValue)
        else { throw MailError.malformed(.text) }
        let name = wanted == .open ? newsroom.name ?? newsroom.legalName : newsroom.legalName
        let composed = try templates.compose(
            template, languageTag: contact.locale, profile: profile,
            values: values(mail, contact, token))
        return try MailMessage(
            mailID: mail.id.text, messageID: "\(keys.messageID(mail.id))@\(senderDomain)",
            date: mail.createdAt,
            from: Mailbox(name: name.map { singleLine($0, separator: " ") }, address: address),
            to: Mailbox(
                // A stranger may read a former address by now.
                name: mail.parameters.formerAddress == nil
                    ? contact.name.map { singleLine($0, separator: " ") } : nil,
                address: mail.parameters.formerAddress ?? contact.email.typed),
            subject: composed.subject, text: composed.text, html: composed.html,
            languageTag: composed.language.tag,
            listUnsubscribe: mail.kind == .support ? url("unsubscribe", token) : nil
        ).rendered()
    }

    private func url(_ page: String, _ token: String) -> String {
        "\(settings.baseURL)/\(page)/\(token)"
    }

    private func values(
        _ mail: QueuedMail, _ contact: Contact, _ token: String
    ) -> [String: TemplateValue] {
        var values: [String: TemplateValue] = [
            "pledgeURL": .url(settings.pledgeURL), "manageURL": .url(url("manage", token)),
            "confirmURL": .url(url("confirm", token)),
            "unsubscribeURL": .url(url("unsubscribe", token)),
            "minimum": .money(settings.minimumPledge),
        ]
        values["newsroomName"] = (newsroom.name ?? newsroom.legalName).map { .text($0) }
        values["legalName"] = newsroom.legalName.map { .text($0) }
        values["postalAddress"] = newsroom.postalAddress.map { .text($0) }
        values["name"] = contact.name.map { .text($0) }
        values["reason"] = mail.parameters.reason.map { .text($0) }
        values["subjectID"] = .text(mail.subjectID)
        let parameters = mail.parameters
        if let amount = parameters.amount {
            values["amount"] = .money(amount)
        }
        values["expires"] = parameters.month.map { .month($0) }
        values["everyMonths"] = parameters.everyMonths.map { .months($0) }
        if let date = parameters.date {
            switch mail.kind {
            case .upcomingCharge, .methodNeeded: values["nextChargeOn"] = .date(date)
            case .pauseEnding: values["pausedUntil"] = .date(date)
            case .confirmReminder: values["remindOn"] = .date(date)
            case .receipt: values["paidOn"] = .date(date)
            case .yearlyReceipt: values["year"] = .text(String(date.year))
            case .chargeFailed, .actionNeeded: values["endsOn"] = .date(date)
            case .support, .methodExpiring, .addressChanged, .endpointDisabled: break
            }
        }
        values.merge(charging(parameters)) { $1 }
        if mail.kind == .actionNeeded {
            values["actionURL"] = .url(parameters.link ?? url("manage", token))
        }
        return values
    }
}

/// What mails about payments say besides.
private func charging(_ parameters: QueuedMail.Parameters) -> [String: TemplateValue] {
    var values: [String: TemplateValue] = [:]
    if let date = parameters.nextDate { values["nextChargeOn"] = .date(date) }
    if let periods = parameters.periods, periods > 1, let amount = parameters.amount {
        values["periods"] = .monthCount(periods)
        values["monthly"] = .money(
            Money(minorUnits: amount.minorUnits / Int64(periods), currency: amount.currency))
    }
    if let count = parameters.charges { values["payments"] = .text(String(count)) }
    if let reason = parameters.declineReason {
        values["declineReason"] = .declineReason(reason)
        values["retries"] = .flag(parameters.nextDate != nil)
    }
    return values
}
