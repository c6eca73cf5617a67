import Pledging
import Testing

struct UUIDv7Tests {
    @Test func `the RFC's own example comes out`() {
        // RFC 9562, appendix A.6: rand_a CC3, rand_b 18C4DC0C0C07398F.
        let random: UInt128 = 0xCC3 << 62 | 0x18C4_DC0C_0C07_398F
        let bits = uuidVersion7(at: Instant(milliseconds: 0x017F_22E2_79B0), random: random)
        #expect(bits == 0x017F22E2_79B0_7CC3_98C4_DC0C0C07398F)
    }

    @Test func `only 74 bits of the randomness are used, and version and variant stand`() {
        let moment = Instant(milliseconds: 1_795_341_600_000)
        let ones = uuidVersion7(at: moment, random: .max)
        #expect(ones == uuidVersion7(at: moment, random: (1 << 74) - 1))
        #expect(ones >> 80 == 1_795_341_600_000)
        #expect(ones >> 76 & 0xF == 7)
        #expect(ones >> 62 & 0b11 == 0b10)
        let zeros = uuidVersion7(at: moment, random: 0)
        #expect((ones ^ zeros).nonzeroBitCount == 74)
    }

    @Test(
        arguments: [
            (Int64.min, 0), (-1, 0), (0, 0), ((1 << 48) - 1, (1 << 48) - 1),
            (1 << 48, (1 << 48) - 1),
            (Int64.max, (1 << 48) - 1),
        ] as [(Int64, UInt128)])
    func `a moment beyond 48 bits counts as the nearest end`(
        milliseconds: Int64, timestamp: UInt128
    ) {
        let bits = uuidVersion7(at: Instant(milliseconds: milliseconds), random: 0)
        #expect(bits >> 80 == timestamp)
    }
}

struct UUIDv7MomentTests {
    @Test(arguments: [0, 1, 1_795_341_600_000, (1 << 48) - 1] as [Int64])
    func `the moment that went in is read back`(milliseconds: Int64) {
        let moment = Instant(milliseconds: milliseconds)
        for random in [UInt128.zero, .max] {
            #expect(uuidVersion7Moment(of: uuidVersion7(at: moment, random: random)) == moment)
        }
    }

    @Test func `a UUID of another version or variant has none`() {
        let bits = uuidVersion7(at: Instant(milliseconds: 1_795_341_600_000), random: 0)
        #expect(uuidVersion7Moment(of: bits ^ 1 << 76) == nil)
        #expect(uuidVersion7Moment(of: bits ^ 1 << 63) == nil)
        #expect(uuidVersion7Moment(of: 0) == nil)
        #expect(uuidVersion7Moment(of: .max) == nil)
    }
}

struct IDSequenceTests {
    private let start = Instant(milliseconds: 1_795_341_600_000)

    @Test(arguments: ["stuck", "reversed", "running", "jumping"])
    func `ids only ever grow, whatever the clock does`(clock: String) {
        var generator = SeededGenerator(seed: 4)
        var sequence = IDSequence()
        var last: UInt128 = 0
        for step in Int64(0)..<20_000 {
            let drift: Int64 =
                switch clock {
                case "stuck": 0
                case "reversed": -step
                case "running": step / 3
                default: Int64(generator.next(below: 10_000)) - 5_000
                }
            let id = sequence.next(
                at: start.adding(milliseconds: drift), random: generator.next128())
            guard id > last, id >> 76 & 0xF == 7, id >> 62 & 0b11 == 0b10 else {
                Issue.record("\(id) at step \(step) does not follow \(last)")
                return
            }
            last = id
        }
    }

    @Test func `the first id of a millisecond is a plain version 7 UUID`() {
        var generator = SeededGenerator(seed: 5)
        var sequence = IDSequence()
        for step in Int64(0)..<100 {
            let moment = start.adding(milliseconds: step)
            let random = generator.next128()
            #expect(
                sequence.next(at: moment, random: random)
                    == uuidVersion7(at: moment, random: random))
        }
    }

    @Test func `a clock that steps back leaves the time of the ids where it was`() {
        var sequence = IDSequence()
        let first = sequence.next(at: start, random: 10)
        let second = sequence.next(at: start.adding(hours: -1), random: 4)
        #expect(second >> 80 == first >> 80)
        #expect(second == first + 5)
    }

    @Test func `a step of zero still moves on, and a step has 32 bits`() {
        var sequence = IDSequence()
        let first = sequence.next(at: start, random: 0)
        #expect(sequence.next(at: start, random: 0) == first + 1)
        #expect(sequence.next(at: start, random: .max) == first + 1 + (1 << 32))
    }

    @Test func `a millisecond that is used up borrows from the next`() {
        var sequence = IDSequence()
        let first = sequence.next(at: start, random: .max)
        let second = sequence.next(at: start, random: 3)
        #expect(second == uuidVersion7(at: start.adding(milliseconds: 1), random: 3))
        let third = sequence.next(at: start, random: 7)
        #expect(first < second && second < third)
        #expect(third >> 80 == second >> 80)
    }
}
