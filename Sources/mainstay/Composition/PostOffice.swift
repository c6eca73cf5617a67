import Mail
import Workflows

/// How mail leaves this machine, and the templates it is made from.
struct PostOffice {
    let transport: any MailTransport
    let templates: TemplateLibrary

    private enum Transport: String, CaseIterable { case outbox, sendmail }

    init(_ source: SettingsSource, _ location: BookLocation) throws {
        do {
            templates = try TemplateLibrary(overridesFolder: source[.mailTemplates])
        } catch {
            throw Problem(.invalid, field: SettingKey.mailTemplates.field, error.description)
        }
        switch try source.choice(.mailTransport, Transport.self) {
        case .outbox: transport = OutboxTransport(folder: location.outboxFolder)
        case .sendmail:
            guard source[.linksBaseURL] != nil else {
                throw Problem(
                    .unavailable, field: SettingKey.linksBaseURL.field,
                    "is not set; without it, links in mails cannot work, so mail can only be "
                        + "written to the outbox")
            }
            transport = SendmailTransport(path: source[.mailSendmail] ?? "/usr/sbin/sendmail")
        }
    }
}

extension Session {
    func postOffice() throws -> PostOffice { try PostOffice(source, location) }
}
