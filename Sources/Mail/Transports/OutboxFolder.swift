import Glibc

/// The mails that lie in an outbox folder.
package struct OutboxFolder: Sendable {
    private let path: String

    package init(path: String) { self.path = path }

    /// Removes the files of these mails.
    package func remove(_ mailIDs: [String]) throws(MailError) {
        for id in mailIDs { unlink("\(path)/\(id).eml") }
    }
}
