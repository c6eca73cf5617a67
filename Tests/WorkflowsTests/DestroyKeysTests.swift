import Foundation
import Mail
import OpenSSL
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct DestroyKeysTests {
    private let folder: TemporaryFolder
    private let ring: KeyRingFile
    private let place: DestroyKeys.Place

    init() throws {
        folder = try TemporaryFolder()
        ring = KeyRingFile(path: folder.file("book.db.keys"))
        place = DestroyKeys.Place(
            ring: ring, outbox: OutboxFolder(path: folder.file("book.db.outbox")),
            leftovers: Leftovers(bookPath: folder.file("book.db"), ringPath: ring.path))
        try makeRing()
    }

    @Test func `the ring goes first, and everything is counted`() throws {
        let ring = ring
        var wasDestroyed = false
        let summary = DestroyKeys.run(place, at: .noon) {
            wasDestroyed = (try? ring.marker()) != nil
            var stopped = DestroyKeys.Stopped()
            stopped.count = 2
            return stopped
        }
        #expect(wasDestroyed)
        #expect(summary.ring == .destroyed && summary.failures.isEmpty)
        #expect(
            summary.json.text == """
                {"ring":"destroyed","processes_stopped":2,"processes_left":[],"mails_removed":0,\
                "temporary_files_removed":0,"failures":[]}
                """)
    }

    @Test func `a ring that a dying process wrote anew is destroyed as well`() throws {
        let summary = DestroyKeys.run(place, at: .noon) {
            try? FileManager.default.removeItem(atPath: ring.path)
            try? makeRing()
            return DestroyKeys.Stopped()
        }
        #expect(summary.ring == .destroyed)
        #expect(try ring.marker() != nil)
    }

    @Test func `a failing step is reported and does not stop the others`() throws {
        let outbox = folder.file("book.db.outbox")
        try Data().write(to: URL(fileURLWithPath: outbox))
        let summary = DestroyKeys.run(place, at: .noon) {
            var stopped = DestroyKeys.Stopped()
            stopped.left = [77, 0]
            return stopped
        }
        #expect(summary.ring == .destroyed && summary.failures.count == 2)
        #expect(summary.failures[0].contains("(77, of another container)"))
        #expect(summary.failures[1].hasPrefix(outbox))
    }

    @Test func `without a ring the rest is done`() throws {
        try FileManager.default.removeItem(atPath: ring.path)
        let summary = DestroyKeys.run(place, at: .noon) { DestroyKeys.Stopped() }
        #expect(summary.ring == .missing && summary.failures.isEmpty)
        #expect(summary.remark?.contains(ring.path) == true)
    }

    private func makeRing() throws {
        let random = RandomSource()
        let keys = try KeyRingFile.makeKeys(
            bookID: IDSource(random: random).next(at: .noon), at: .noon, random: random)
        try ring.create(keys, passphrase: nil, random: random)
    }
}
