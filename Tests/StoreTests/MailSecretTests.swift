import OpenSSL
import Pledging
import Store
import TestSupport
import Testing

/// The secrets in a mail: they depend on its row and reveal nothing of it.
@Suite struct MailSecretTests {
    @Test func `a mail's secrets are the same each time, and after the ring is read again`()
        throws
    {
        let folder = try TemporaryFolder()
        let random = RandomSource()
        let keys = try makeKeys()
        let file = KeyRingFile(path: folder.file("book.keys"))
        try file.create(keys, passphrase: nil, random: random)
        let again = try file.open(passphrase: { nil }, random: random)
        let mail: ID<QueuedMail> = try IDSource(random: random).next(at: .noon)
        #expect(try keys.linkToken(mail) == keys.linkToken(mail))
        #expect(try keys.linkToken(mail) == again.linkToken(mail))
        #expect(try keys.messageID(mail) == again.messageID(mail))
    }

    @Test func `each mail has its own, and they show nothing of its id`() throws {
        let keys = try makeKeys()
        let ids = IDSource(random: RandomSource())
        var seen: Set<String> = []
        for _ in 0..<500 {
            let mail: ID<QueuedMail> = try ids.next(at: .noon)
            let secrets = [try keys.linkToken(mail), try keys.messageID(mail)]
            for secret in secrets {
                #expect(seen.insert(secret).inserted)
                #expect(!secret.contains(mail.text.dropFirst(4)))
                // An id begins with its time.
                #expect(!secret.contains(mail.text.dropFirst(4).prefix(8)))
                #expect(secret.wholeMatch(of: #/[A-Za-z0-9_-]+/#) != nil)
            }
            // 192 and 144 bits in base64.
            #expect(secrets.map(\.utf8.count) == [32, 24])
        }
    }

    @Test func `another ring has other secrets for the same mail`() throws {
        let mail: ID<QueuedMail> = try IDSource(random: RandomSource()).next(at: .noon)
        let rings = [try makeKeys(), try makeKeys()]
        #expect(try rings[0].linkToken(mail) != rings[1].linkToken(mail))
        #expect(try rings[0].messageID(mail) != rings[1].messageID(mail))
    }
}
