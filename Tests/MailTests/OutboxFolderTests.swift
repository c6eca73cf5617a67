import Foundation
import Pledging
import Testing

@testable import Mail

@Suite struct OutboxFolderTests {
    private func id(_ milliseconds: Int64, _ random: UInt128 = 7) -> ID<QueuedMail> {
        ID(bits: uuidVersion7(at: Instant(milliseconds: milliseconds), random: random))
    }

    /// Writes a mail to the folder, as its transport does.
    private func deliver(_ id: ID<QueuedMail>, to path: String) async {
        let mail = RenderedMail(
            mailID: id.text, envelopeFrom: "a@b.example", envelopeTo: "c@d.example",
            bytes: Array("content\r\n".utf8))
        #expect(await OutboxTransport(folder: path).deliver(mail) == .accepted)
    }

    @Test func `what was delivered is listed in order, and removed`() async throws {
        let folder = try TemporaryFolder()
        let outbox = OutboxFolder(path: folder.path)
        let ids = [id(3_000), id(1_000), id(2_000)]
        for id in ids { await deliver(id, to: folder.path) }
        #expect(try outbox.mailIDs() == ids.sorted())
        #expect(try outbox.remove([ids[0], ids[1]]) == 2)
        #expect(try outbox.mailIDs() == [ids[2]])
        #expect(try folder.names() == ["\(ids[2].text).eml"])
    }

    @Test func `removing a missing mail is not an error`() async throws {
        let folder = try TemporaryFolder()
        let outbox = OutboxFolder(path: folder.path)
        await deliver(id(1_000), to: folder.path)
        #expect(try outbox.remove([id(1_000), id(2_000)]) == 1)
        #expect(try outbox.remove([id(1_000), id(2_000)]) == 0)
        #expect(try outbox.remove([]) == 0)
        #expect(try folder.names() == [])
    }

    @Test func `a missing folder has no mails, and is not made`() throws {
        let folder = try TemporaryFolder()
        let outbox = OutboxFolder(path: "\(folder.path)/outbox")
        #expect(try outbox.mailIDs() == [])
        #expect(try outbox.remove([id(1_000)]) == 0)
        #expect(try folder.names() == [])
    }

    @Test func `the temporary file of a killed run counts as a mail`() async throws {
        let folder = try TemporaryFolder()
        let outbox = OutboxFolder(path: folder.path)
        _ = try folder.write(".\(id(1_000).text).tmp", "half a m")
        _ = try folder.write(".\(id(2_000).text).tmp", "half a m")
        await deliver(id(3_000), to: folder.path)
        _ = try folder.write(".\(id(3_000).text).tmp", "half a m")
        #expect(try outbox.mailIDs() == [id(1_000), id(2_000), id(3_000)])
        #expect(try outbox.remove([id(1_000), id(3_000)]) == 2)
        #expect(try folder.names() == [".\(id(2_000).text).tmp"])
    }

    @Test func `links, folders and files of other names are left alone`() throws {
        let folder = try TemporaryFolder()
        let outbox = OutboxFolder(path: folder.path)
        let target = try folder.write("target", "untouched")
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: "\(folder.path)/\(id(1_000).text).eml", withDestinationPath: target)
        try manager.createSymbolicLink(
            atPath: "\(folder.path)/.\(id(1_000).text).tmp", withDestinationPath: target)
        try manager.createDirectory(
            atPath: "\(folder.path)/\(id(2_000).text).eml", withIntermediateDirectories: false)
        for name in [
            "msg_1.eml", "note.txt", ".eml", ".tmp", id(3_000).text, "\(id(3_000).text).tmp",
            ".\(id(3_000).text).eml", "\(id(3_000).text).eml.bak",
            "\(id(3_000).text.uppercased()).eml", "sup_\(id(3_000).text.dropFirst(4)).eml",
        ] {
            _ = try folder.write(name, "foreign")
        }
        let before = try folder.names()
        #expect(try outbox.mailIDs() == [])
        #expect(try outbox.remove([id(1_000), id(2_000), id(3_000)]) == 0)
        #expect(try folder.names() == before)
        #expect(try folder.read("target") == Array("untouched".utf8))
    }

    @Test func `emptied, it holds no mail, and what is somebody else's stays`() async throws {
        let folder = try TemporaryFolder()
        await deliver(id(1_000), to: folder.path)
        await deliver(id(2_000), to: folder.path)
        _ = try folder.write(".\(id(3_000).text).tmp", "half a m")
        _ = try folder.write("letter.eml", "mine")
        let outbox = OutboxFolder(path: folder.path)
        let emptied = outbox.empty()
        #expect(emptied.removed == 3 && emptied.left == 0 && emptied.failure == nil)
        #expect(try folder.names() == ["letter.eml"])
        #expect(outbox.empty() == OutboxFolder.Emptied())
        let none = OutboxFolder(path: "\(folder.path)/none")
        #expect(none.empty() == OutboxFolder.Emptied())
    }

    @Test func `a file in the folder's place is an error that says so`() throws {
        let folder = try TemporaryFolder()
        let outbox = OutboxFolder(path: try folder.write("outbox", "x"))
        let listing = #expect(throws: OutboxFailure.self) { try outbox.mailIDs() }
        #expect(listing?.description == "cannot open the outbox folder: Not a directory")
        let removing = #expect(throws: OutboxFailure.self) { try outbox.remove([id(1_000)]) }
        #expect(removing?.description == "cannot open the outbox folder: Not a directory")
        #expect(try folder.names() == ["outbox"])
    }
}
