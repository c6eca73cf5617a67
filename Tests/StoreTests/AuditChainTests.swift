import Pledging
import Store
import Testing

@Suite struct AuditChainTests {
    private func event(
        type: String = "pledge.paused", actor: String = "cli", body: String = "{}"
    ) -> AuditedEvent {
        AuditedEvent(
            id: "evt_1", type: type, subjectID: "plg_1", sequence: 2,
            at: Instant(milliseconds: 1_795_348_800_000), actor: actor, body: body)
    }

    @Test func `the digest and the head are those that anybody computes`() throws {
        // python3: sha256(salt + b"".join(len(f).to_bytes(4, "big") + f for f in fields))
        let digest = try AuditChain.digest(of: event(), salt: Array(0..<16))
        #expect(
            hexadecimal(digest)
                == "17a5b29cd25362b6e74cb04166784353"
                + "ba21fdb873de5376cef202581792dafb")
        let head = try AuditChain.head(after: AuditChain.start, adding: digest)
        #expect(
            hexadecimal(head)
                == "4ddcd29cee1713dde845ee4c8b211e7f"
                + "75aa256d5eaa9c1b30f515fd51119192")
    }

    @Test func `fields that join alike have different digests`() throws {
        let salt = [UInt8](repeating: 7, count: AuditChain.saltLength)
        let one = try AuditChain.digest(of: event(actor: "cli{", body: "}"), salt: salt)
        let other = try AuditChain.digest(of: event(actor: "cli", body: "{}"), salt: salt)
        #expect(one != other)
    }

    @Test func `the same event has another digest under another salt`() throws {
        let digests = try (0..<4).map { number in
            try AuditChain.digest(of: event(), salt: [UInt8](repeating: number, count: 16))
        }
        #expect(Set(digests).count == 4)
    }
}
