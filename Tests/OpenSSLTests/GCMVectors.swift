import Testing

/// Sealing examples with 12-byte nonces and 16-byte tags, all published: test cases 13 to 16 of the
/// GCM specification (McGrew and Viega, appendix B), and NIST's CAVP file gcmEncryptExtIV256.rsp.
struct GCMVector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let key: String
    let nonce: String
    var plaintext = ""
    var associatedData = ""
    var ciphertext = ""
    let tag: String

    static let published = [
        GCMVector(
            testDescription: "GCM specification, test case 13",
            key: "0000000000000000000000000000000000000000000000000000000000000000",
            nonce: "000000000000000000000000",
            tag: "530f8afbc74536b9a963b4f1c4cb738b"),
        GCMVector(
            testDescription: "GCM specification, test case 14",
            key: "0000000000000000000000000000000000000000000000000000000000000000",
            nonce: "000000000000000000000000",
            plaintext: "00000000000000000000000000000000",
            ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
            tag: "d0d1c8a799996bf0265b98b5d48ab919"),
        GCMVector(
            testDescription: "GCM specification, test case 15",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
                + "956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48"
                + "590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad",
            tag: "b094dac5d93471bdec1a502270e3cc6c"),
        GCMVector(
            testDescription: "GCM specification, test case 16",
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95"
                + "956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48"
                + "590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
        GCMVector(
            testDescription: "CAVP, empty plaintext, no associated data",
            key: "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4",
            nonce: "516c33929df5a3284ff463d7",
            tag: "bdc1ac884d332457a1d2664f168c76f0"),
        GCMVector(
            testDescription: "CAVP, empty plaintext, no associated data",
            key: "5fe0861cdc2690ce69b3658c7f26f8458eec1c9243c5ba0845305d897e96ca0f",
            nonce: "770ac1a5a3d476d5d96944a1",
            tag: "196d691e1047093ca4b3d2ef4baba216"),
        GCMVector(
            testDescription: "CAVP, empty plaintext, 16 bytes of associated data",
            key: "78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223",
            nonce: "d79cf22d504cc793c3fb6c8a",
            associatedData: "b96baa8c1c75a671bfb2d08d06be5f36",
            tag: "3e5d486aa2e30b22e040b85723a06e76"),
        GCMVector(
            testDescription: "CAVP, empty plaintext, 16 bytes of associated data",
            key: "4457ff33683cca6ca493878bdc00373893a9763412eef8cddb54f91318e0da88",
            nonce: "699d1f29d7b8c55300bb1fd2",
            associatedData: "6749daeea367d0e9809e2dc2f309e6e3",
            tag: "d60c74d2517fde4a74e0cd4709ed43a9"),
        GCMVector(
            testDescription: "CAVP, 16 bytes",
            key: "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22",
            nonce: "0d18e06c7c725ac9e362e1ce",
            plaintext: "2db5168e932556f8089a0622981d017d",
            ciphertext: "fa4362189661d163fcd6a56d8bf0405a",
            tag: "d636ac1bbedd5cc3ee727dc2ab4a9489"),
        GCMVector(
            testDescription: "CAVP, 16 bytes",
            key: "460fc864972261c2560e1eb88761ff1c992b982497bd2ac36c04071cbb8e5d99",
            nonce: "8a4a16b9e210eb68bcb6f58d",
            plaintext: "99e4e926ffe927f691893fb79a96b067",
            ciphertext: "133fc15751621b5f325c7ff71ce08324",
            tag: "ec4e87e0cf74a13618d0b68636ba9fa7"),
        GCMVector(
            testDescription: "CAVP, 13 bytes",
            key: "82c4f12eeec3b2d3d157b0f992d292b237478d2cecc1d5f161389b97f999057a",
            nonce: "7b40b20f5f397177990ef2d1",
            plaintext: "982a296ee1cd7086afad976945",
            ciphertext: "ec8e05a0471d6b43a59ca5335f",
            tag: "113ddeafc62373cac2f5951bb9165249"),
        GCMVector(
            testDescription: "CAVP, 51 bytes, 20 of associated data",
            key: "24501ad384e473963d476edcfe08205237acfd49b5b8f33857f8114e863fec7f",
            nonce: "9ff18563b978ec281b3f2794",
            plaintext: "27f348f9cdc0c5bd5e66b1ccb63ad920ff2219d14e8d631b3872265cf117ee86757accb1"
                + "58bd9abb3868fdc0d0b074b5f01b2c",
            associatedData: "adb5ec720ccf9898500028bf34afccbcaca126ef",
            ciphertext: "eb7cb754c824e8d96f7c6d9b76c7d26fb874ffbf1d65c6f64a698d839b0b06145dae8205"
                + "7ad55994cf59ad7f67c0fa5e85fab8",
            tag: "bc95c532fecc594c36d1550286a7a3f0"),
        GCMVector(
            testDescription: "CAVP, 51 bytes, 90 of associated data",
            key: "148579a3cbca86d5520d66c0ec71ca5f7e41ba78e56dc6eebd566fed547fe691",
            nonce: "b08a5ea1927499c6ecbfd4e0",
            plaintext: "9d0b15fdf1bd595f91f8b3abc0f7dec927dfd4799935a1795d9ce00c9b879434420fe42c"
                + "275a7cd7b39d638fb81ca52b49dc41",
            associatedData: "e4f963f015ffbb99ee3349bbaf7e8e8e6c2a71c2"
                + "30a48f9d59860a29091d2747e01a5ca5"
                + "72347e247d25f56ba7ae8e05cde2be3c97931292c02370208ecd097ef692687fecf2f419"
                + "d3200162a6480a57dad408a0dfeb492e2c5d",
            ciphertext: "2097e372950a5e9383c675e89eea1c314f999159f5611344b298cda45e62843716f215f8"
                + "2ee663919c64002a5c198d7878fd3f",
            tag: "adbecdb0d5c2224d804d2886ff9a5760"),
    ]
}
