import OpenSSL
import Testing

@Suite struct AES256GCMTests {
    @Test(arguments: GCMVector.published)
    func `the published examples seal and open`(vector: GCMVector) throws {
        let cipher = try AES256GCM(key: SecretBytes(hex(vector.key)))
        let (plaintext, nonce) = (hex(vector.plaintext), hex(vector.nonce))
        let associatedData = hex(vector.associatedData)
        let sealed = hex(vector.ciphertext + vector.tag)
        for _ in 1...2 {
            #expect(
                try cipher.seal(plaintext, nonce: nonce, associatedData: associatedData) == sealed)
            #expect(
                try cipher.open(sealed[...], nonce: nonce[...], associatedData: associatedData)
                    == plaintext)
        }
    }

    @Test func `every changed bit is refused, and the context still opens what is right`() throws {
        let cipher = try AES256GCM(key: key)
        let sealed = try cipher.seal(plaintext, nonce: nonce, associatedData: associatedData)
        for index in sealed.indices {
            for bit in 0..<8 {
                var tampered = sealed
                tampered[index] ^= 1 << bit
                #expect(
                    try cipher.open(
                        tampered[...], nonce: nonce[...], associatedData: associatedData) == nil)
            }
        }
        #expect(
            try cipher.open(sealed[...], nonce: nonce[...], associatedData: associatedData)
                == plaintext)
    }

    @Test func `other associated data, another nonce or another key is refused`() throws {
        let cipher = try AES256GCM(key: key)
        let sealed = try cipher.seal(plaintext, nonce: nonce, associatedData: associatedData)[...]
        for other in [[], Array(associatedData.dropLast()), associatedData + [0]] {
            #expect(try cipher.open(sealed, nonce: nonce[...], associatedData: other) == nil)
        }
        for index in nonce.indices {
            var other = nonce
            other[index] ^= 1
            #expect(
                try cipher.open(sealed, nonce: other[...], associatedData: associatedData) == nil)
        }
        let stranger = try AES256GCM(key: SecretBytes.random(count: AES256GCM.keyLength))
        #expect(
            try stranger.open(sealed, nonce: nonce[...], associatedData: associatedData) == nil)
    }

    @Test func `what is cut short or grown is refused`() throws {
        let cipher = try AES256GCM(key: key)
        let sealed = try cipher.seal(plaintext, nonce: nonce, associatedData: associatedData)
        for length in 0..<sealed.count {
            #expect(
                try cipher.open(
                    sealed[..<length], nonce: nonce[...], associatedData: associatedData) == nil)
        }
        let grown = sealed + [0]
        #expect(
            try cipher.open(grown[...], nonce: nonce[...], associatedData: associatedData) == nil)
    }

    @Test func `nonce and sealed bytes may be slices of one stored value`() throws {
        let cipher = try AES256GCM(key: key)
        let sealed = try cipher.seal(plaintext, nonce: nonce, associatedData: associatedData)
        let stored = [1] + nonce + sealed
        #expect(
            try cipher.open(stored[13...], nonce: stored[1..<13], associatedData: associatedData)
                == plaintext)
    }

    @Test(arguments: [0, 11, 13, 16])
    func `a nonce that is not of 12 bytes is an error`(count: Int) throws {
        let cipher = try AES256GCM(key: key)
        let bad = [UInt8](repeating: 0, count: count)
        #expect(throws: CryptoError.self) {
            try cipher.seal(plaintext, nonce: bad, associatedData: [])
        }
        let sealed = try cipher.seal(plaintext, nonce: nonce, associatedData: [])
        #expect(throws: CryptoError.self) {
            try cipher.open(sealed[...], nonce: bad[...], associatedData: [])
        }
    }

    @Test(arguments: [0, 16, 31, 33])
    func `a key that is not of 32 bytes is an error`(count: Int) {
        #expect(throws: CryptoError.self) {
            try AES256GCM(key: SecretBytes([UInt8](repeating: 7, count: count)))
        }
    }

    @Test func `many tasks may share one cipher`() async throws {
        let cipher = try AES256GCM(key: key)
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask { @concurrent in
                    try (0..<200).count { turn in
                        let message = [UInt8](repeating: UInt8(task), count: turn)
                        let nonce = [UInt8](repeating: UInt8(task), count: 11) + [UInt8(turn)]
                        let sealed = try cipher.seal(
                            message, nonce: nonce, associatedData: [UInt8(task)])
                        return try cipher.open(
                            sealed[...], nonce: nonce[...], associatedData: [UInt8(task)])
                            != message
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    private let key = SecretBytes(Array(1...32))
    private let nonce: [UInt8] = Array(101...112)
    private let plaintext = Array(ascii: "reader@example.org")
    private let associatedData = Array(ascii: "supporters.email.sup_1")
}
