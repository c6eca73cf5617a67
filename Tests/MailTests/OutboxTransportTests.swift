import Foundation
import Testing

@testable import Mail

/// Runs each job on a thread of its own.
private final class ThreadPerJob: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        Thread.detachNewThread { job.runSynchronously(on: executor) }
    }
}

@Suite struct OutboxTransportTests {
    private func mail(_ mailID: String = "msg_1", _ text: String = "content\r\n") -> RenderedMail {
        RenderedMail(
            mailID: mailID, envelopeFrom: "a@b.example", envelopeTo: "c@d.example",
            bytes: Array(text.utf8))
    }

    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    @Test func `a mail is a file of mode 0600 in a folder of mode 0700`() async throws {
        let folder = try TemporaryFolder()
        let outbox = "\(folder.path)/outbox"
        #expect(await OutboxTransport(folder: outbox).deliver(mail()) == .accepted)
        #expect(try folder.read("outbox/msg_1.eml") == Array("content\r\n".utf8))
        #expect(try mode(outbox) == 0o700)
        #expect(try mode("\(outbox)/msg_1.eml") == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: outbox) == ["msg_1.eml"])
    }

    @Test func `the same mail twice leaves one file`() async throws {
        let folder = try TemporaryFolder()
        let transport = OutboxTransport(folder: folder.path)
        #expect(await transport.deliver(mail()) == .accepted)
        #expect(await transport.deliver(mail()) == .accepted)
        #expect(try folder.names() == ["msg_1.eml"])
    }

    @Test func `many at once leave one whole file`() async throws {
        let folder = try TemporaryFolder()
        let transport = OutboxTransport(folder: folder.path)
        let large = RenderedMail(
            mailID: "msg_1", envelopeFrom: "a@b.example", envelopeTo: "c@d.example",
            bytes: [UInt8](repeating: 0x78, count: 200_000))
        // Threads, not tasks: tasks share as many threads as there are cores and might never
        // overlap.
        await withTaskGroup(of: MailOutcome.self) { group in
            for _ in 0..<8 {
                group.addTask(executorPreference: ThreadPerJob()) {
                    for _ in 0..<20 {
                        let outcome = await transport.deliver(large)
                        guard outcome == .accepted else { return outcome }
                    }
                    return .accepted
                }
            }
            for await outcome in group { #expect(outcome == .accepted) }
        }
        #expect(try folder.names() == ["msg_1.eml"])
        #expect(try folder.read("msg_1.eml") == large.bytes)
    }

    @Test func `what a killed run left is replaced`() async throws {
        let folder = try TemporaryFolder()
        _ = try folder.write(".msg_1.tmp", "half a mail that is longer than the whole", mode: 0o644)
        #expect(await OutboxTransport(folder: folder.path).deliver(mail()) == .accepted)
        #expect(try folder.names() == ["msg_1.eml"])
        #expect(try folder.read("msg_1.eml") == Array("content\r\n".utf8))
        #expect(try mode("\(folder.path)/msg_1.eml") == 0o600)
    }

    @Test func `a symbolic link is never written through`() async throws {
        let folder = try TemporaryFolder()
        let target = try folder.write("target", "untouched")
        for name in [".msg_1.tmp", "msg_1.eml"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/\(name)", withDestinationPath: target)
        }
        #expect(await OutboxTransport(folder: folder.path).deliver(mail()) == .accepted)
        #expect(try folder.names() == ["msg_1.eml", "target"])
        #expect(try folder.read("target") == Array("untouched".utf8))
        #expect(try folder.read("msg_1.eml") == Array("content\r\n".utf8))
    }

    @Test func `a path that is not a folder, or has no parent, is misconfigured`() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("file", "x")
        for path in [file, "\(file)/outbox", "\(folder.path)/no/outbox"] {
            let outcome = await OutboxTransport(folder: path).deliver(mail())
            guard case .misconfigured(let reason) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(!reason.contains("@"))
        }
        #expect(try folder.names() == ["file"])
    }

    @Test func `a mail that cannot take its name is no success and leaves nothing half done`()
        async throws
    {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/msg_1.eml", withIntermediateDirectories: false)
        let outcome = await OutboxTransport(folder: folder.path).deliver(mail())
        #expect(outcome == .misconfigured("cannot rename the mail: Is a directory"))
    }

    @Test(arguments: ["", "../escape", "a/b", "."])
    func `an id that cannot be a file name is refused`(mailID: String) async throws {
        let folder = try TemporaryFolder()
        let outcome = await OutboxTransport(folder: folder.path).deliver(mail(mailID))
        guard case .refused = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try folder.names() == [])
    }

    @Test(arguments: [
        (ENOSPC, true), (EIO, true), (EDQUOT, true), (EMFILE, true), (ENOMEM, true),
        (EACCES, false), (EPERM, false), (ENOTDIR, false), (EROFS, false), (ENOENT, false),
        (ELOOP, false), (EISDIR, false), (ENAMETOOLONG, false),
    ])
    func `an error is tried again unless a person must act`(code: Int32, isRetried: Bool) {
        let outcome = OutboxFailure(code: code, doing: "write the mail").outcome
        let text = "cannot write the mail: \(String(cString: strerror(code)))"
        #expect(outcome == (isRetried ? .retryLater(text) : .misconfigured(text)))
    }
}
