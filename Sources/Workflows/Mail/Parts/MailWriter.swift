import Foundation
import Mail
import Pledging
import Store

/// Turns a mail's row into a message: template and values, sender, links.
struct MailWriter: Sendable {
    private let newsroom: Newsroom
    private let settings: Settings
    private let templates: TemplateLibrary
    private let address: String
    private let senderDomain: String
    private let keys: KeyRing

    /// Throws Problem `.unavailable` when the sender's address cannot be used.
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

    /// Renders a mail; the same mail always gives the same bytes. `isDiscreet` hides who writes and
    /// what about, whatever the newsroom's profile. Throws MailError and TemplateError.
    func render(
        _ mail: QueuedMail, to contact: Contact, isDiscreet: Bool
    ) throws -> RenderedMail {
        let token = try keys.linkToken(mail.id)
        let profile = MailProfile(isDiscreet ? .discreet : newsroom.profile)
        let name =
            switch profile {
            case .open: newsroom.name ?? newsroom.legalName
            case .discreet: newsroom.legalName
            }
        let composed = try templates.compose(
            MailTemplate(mail.kind), languageTag: contact.locale, profile: profile,
            values: values(mail, contact, token), paragraphs: mail.contents.paragraphs)
        let former = mail.contents.formerAddress
        return try MailMessage(
            mailID: mail.id.text, messageID: "\(keys.messageID(mail.id))@\(senderDomain)",
            date: mail.createdAt,
            from: Mailbox(name: name.map { singleLine($0, separator: " ") }, address: address),
            to: Mailbox(
                // A stranger may read the former address by now, so the name is left out.
                name: former == nil
                    ? contact.name.map { singleLine($0, separator: " ") } : nil,
                address: former ?? contact.email.typed),
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
            "actionURL": .url(url("bank", token)),
            "minimum": .money(settings.minimumPledge),
        ]
        values["newsroomName"] = (newsroom.name ?? newsroom.legalName).map { .text($0) }
        values["legalName"] = newsroom.legalName.map { .text($0) }
        values["postalAddress"] = newsroom.postalAddress.map { .text($0) }
        values["name"] = contact.name.map { .text($0) }
        for (name, value) in mail.contents.values { values[name] = value }
        return values
    }
}
