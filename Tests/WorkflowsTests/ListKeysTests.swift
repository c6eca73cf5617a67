import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ListKeysTests {
    @Test func `a new ring has one key for each purpose, and each is current`() async throws {
        let keyed = try await KeyedBook.make()
        let keys = try await keyed.keys()
        #expect(keys.map(\.id) == [1, 2, 3])
        #expect(keys.map(\.purpose) == [.seal, .hash, .link])
        #expect(keys.allSatisfy { $0.state == .current && $0.createdAt == keyed.test.now })
        // The book does not record what was made with a link key.
        let (sealed, hashes) = (try #require(keys[0].uses), try #require(keys[1].uses))
        #expect(sealed > 10 && hashes > 5 && keys[2].uses == nil)
    }

    @Test func `each key is shown without its secret, and what stands under it by its kind`()
        async throws
    {
        let keyed = try await KeyedBook.make()
        let keys = try await keyed.keys()
        let time = keyed.test.now.rfc3339
        let (sealed, hashes) = (try #require(keys[0].uses), try #require(keys[1].uses))
        #expect(
            keys.map(\.json.text) == [
                #"{"id":1,"purpose":"seal","state":"current","created_at":"\#(time)","#
                    + #""sealed":\#(sealed)}"#,
                #"{"id":2,"purpose":"hash","state":"current","created_at":"\#(time)","#
                    + #""hashes":\#(hashes)}"#,
                #"{"id":3,"purpose":"link","state":"current","created_at":"\#(time)"}"#,
            ])
    }

    @Test func `a key is next until the book uses it, and old once it uses another`() async throws {
        let keyed = try await KeyedBook.make()
        let standing = try #require(await keyed.uses(of: 1))
        keyed.test.now = keyed.test.now.adding(days: 1)
        _ = try keyed.storage.key(.seal, newerThan: 1, at: keyed.test.now)
        let cutOff = try await keyed.keys()
        #expect(cutOff.map(\.state) == [.current, .current, .current, .next])
        #expect(cutOff.map(\.uses).first == standing && cutOff.last?.uses == 0)
        #expect(cutOff.last?.createdAt == keyed.test.now)
        _ = try await keyed.rotate(onlyResumes: true)
        let rotated = try await keyed.keys()
        #expect(rotated.map(\.state) == [.old, .current, .current, .current])
        #expect(rotated.first?.uses == 0 && rotated.last?.uses == standing)
    }

    @Test func `keys are counted by the ring's file, not by what a process knows of it`()
        async throws
    {
        let keyed = try await KeyedBook.make()
        let other = try keyed.otherProcess()
        _ = try await keyed.rotateHashes()
        #expect(try await other.keys().map(\.id) == [1, 2, 3, 4])
        #expect(try await other.keys().map(\.state) == [.current, .old, .current, .current])
    }
}
