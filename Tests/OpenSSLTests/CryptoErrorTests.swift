import Testing

@testable import OpenSSL

@Suite struct CryptoErrorTests {
    @Test func `it names the operation and gives libcrypto's own reason`() throws {
        let error = try #require(throws: CryptoError.self) {
            try failInLibcrypto()
        }
        #expect(error.operation == "scrypt")
        #expect(error.reason.hasPrefix("error:"))
        #expect(error.reason.hasSuffix("memory limit exceeded"))
        #expect(error.description == "scrypt failed: \(error.reason)")
    }

    @Test func `a failure leaves no error in libcrypto's queue`() throws {
        #expect(throws: CryptoError.self) { try failInLibcrypto() }
        #expect(CryptoError.fromQueue("next").reason == "libcrypto gave no reason")
    }

    @Test func `a length over 2 GiB is an error, not a trap`() {
        #expect(throws: CryptoError.self) { try int32(Int(Int32.max) + 1, "test") }
    }

    /// RFC 7914 section 6 wants N below 2^(128 * r / 8); only libcrypto checks that.
    private func failInLibcrypto() throws {
        _ = try scrypt(passphrase: [1], salt: [2], logN: 16, r: 1, p: 1, count: 32)
    }
}
