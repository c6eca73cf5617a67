import OpenSSL
import Testing

@Suite struct KeyDerivationTests {
    @Test(arguments: HKDFVector.published)
    func `HKDF gives the published keys`(vector: HKDFVector) throws {
        let expected = hex(vector.key)
        let key = try hkdfSHA256(
            secret: SecretBytes(vector.secret), salt: vector.salt, info: vector.info,
            count: expected.count)
        #expect(key.withBytes { Array($0) } == expected)
    }

    @Test(arguments: [-1, 0, 255 * 32 + 1])
    func `HKDF refuses a length that RFC 5869 has no key for`(count: Int) {
        #expect(throws: CryptoError.self) {
            try hkdfSHA256(secret: SecretBytes([1, 2, 3]), salt: [], info: [], count: count)
        }
    }

    @Test func `HKDF gives as much as RFC 5869 allows`() throws {
        let key = try hkdfSHA256(
            secret: SecretBytes([1, 2, 3]), salt: [], info: [], count: 255 * 32)
        #expect(key.count == 255 * 32)
    }

    @Test func `HKDF refuses an empty secret`() {
        #expect(throws: CryptoError.self) {
            try hkdfSHA256(secret: SecretBytes([]), salt: [1], info: [1], count: 32)
        }
    }

    @Test func `HKDF separates keys by info and by salt`() throws {
        let secret = SecretBytes(Array(1...32))
        let keys = try [("a", "x"), ("b", "x"), ("a", "y")].map { salt, info in
            try hkdfSHA256(
                secret: secret, salt: Array(salt.utf8), info: Array(info.utf8), count: 32
            ).withBytes { Array($0) }
        }
        #expect(Set(keys).count == 3)
    }

    @Test(arguments: ScryptVector.known)
    func `scrypt gives the known keys`(vector: ScryptVector) throws {
        let expected = hex(vector.key)
        let key = try scrypt(
            passphrase: Array(vector.passphrase.utf8), salt: Array(vector.salt.utf8),
            logN: vector.logN, r: vector.r, p: vector.p, count: expected.count)
        #expect(key.withBytes { Array($0) } == expected)
    }

    @Test(arguments: [
        (0, 8, 1), (-1, 8, 1), (63, 8, 1), (21, 8, 1), (24, 1, 1), (10, 0, 1), (10, 65, 1),
        (10, 8, 0), (10, 8, 65), (16, 1, 1),
    ])
    func `scrypt refuses parameters out of bounds`(logN: Int, r: Int, p: Int) {
        #expect(throws: CryptoError.self) {
            try scrypt(passphrase: [1], salt: [2], logN: logN, r: r, p: p, count: 32)
        }
    }

    @Test(arguments: [-1, 0])
    func `scrypt refuses a key without bytes`(count: Int) {
        #expect(throws: CryptoError.self) {
            try scrypt(passphrase: [1], salt: [2], logN: 4, r: 1, p: 1, count: count)
        }
    }
}

/// RFC 5869 appendix A, the cases of SHA-256.
struct HKDFVector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let secret: [UInt8]
    let salt: [UInt8]
    let info: [UInt8]
    let key: String

    static let published = [
        HKDFVector(
            testDescription: "RFC 5869 A.1", secret: [UInt8](repeating: 0x0b, count: 22),
            salt: Array(0x00...0x0c), info: Array(0xf0...0xf9),
            key: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
                + "34007208d5b887185865"),
        HKDFVector(
            testDescription: "RFC 5869 A.2", secret: Array(0x00...0x4f),
            salt: Array(0x60...0xaf), info: Array(0xb0...0xff),
            key: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
                + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
                + "cc30c58179ec3e87c14c01d5c1f3434f1d87"),
        HKDFVector(
            testDescription: "RFC 5869 A.3", secret: [UInt8](repeating: 0x0b, count: 22),
            salt: [], info: [],
            key: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
                + "9d201395faa4b61a96c8"),
    ]
}

/// RFC 7914 section 12, except the case that takes 1 GiB; and a case above N = 2^14, where
/// libcrypto stops by default, computed by an independent implementation of the RFC.
struct ScryptVector: Sendable, CustomTestStringConvertible {
    let passphrase: String
    let salt: String
    let logN: Int
    let r: Int
    let p: Int
    let key: String

    var testDescription: String { "N = 2^\(logN), r = \(r), p = \(p)" }

    static let known = [
        ScryptVector(
            passphrase: "", salt: "", logN: 4, r: 1, p: 1,
            key: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"),
        ScryptVector(
            passphrase: "password", salt: "NaCl", logN: 10, r: 8, p: 16,
            key: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"),
        ScryptVector(
            passphrase: "pleaseletmein", salt: "SodiumChloride", logN: 14, r: 8, p: 1,
            key: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"),
        ScryptVector(
            passphrase: "pleaseletmein", salt: "SodiumChloride", logN: 15, r: 8, p: 1,
            key: "f72cbc204bdcfc3ff5b115d8508aec1566ff0ef3f658388601a3933078ef7ac8"),
    ]
}
