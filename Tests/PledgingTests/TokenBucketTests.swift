import Pledging
import Testing

@Suite struct TokenBucketTests {
    private func perSecond(_ count: Int64, at now: Int64 = 0) -> TokenBucket {
        TokenBucket(count: count, burst: count, atMilliseconds: now)
    }

    @Test func `a second's calls go at once, then each waits for its share`() {
        var bucket = perSecond(4, at: 1_000)
        let waits = (0..<7).map { _ in bucket.take(atMilliseconds: 1_000) }
        #expect(waits == [0, 0, 0, 0, 250, 500, 750])
    }

    @Test func `rest brings back no more than a second's calls`() {
        var bucket = perSecond(2)
        let before = (0..<3).map { _ in bucket.take(atMilliseconds: 0) }
        let after = (0..<3).map { _ in bucket.take(atMilliseconds: 60_000) }
        #expect(before == [0, 0, 500])
        #expect(after == [0, 0, 500])
    }

    @Test func `in any second there are never more calls than twice the rate`() {
        var bucket = perSecond(20)
        let times = (0..<200).map { Int64($0) + bucket.take(atMilliseconds: Int64($0)) }
        for start in times {
            #expect(times.filter { (start..<(start + 1_000)).contains($0) }.count <= 40)
        }
    }

    @Test func `who asks only when it is ready takes nothing while it is not`() {
        var bucket = perSecond(2)
        let first = (0..<5).map { _ in bucket.takeIfReady(atMilliseconds: 0) }
        #expect(first == [0, 0, 500, 500, 500])
        let early = bucket.takeIfReady(atMilliseconds: 499)
        let ready = bucket.takeIfReady(atMilliseconds: 500)
        #expect(early == 1 && ready == 0)
    }

    @Test func `asking takes nothing`() {
        var bucket = perSecond(1)
        let asked = (0..<3).map { _ in bucket.wait(atMilliseconds: 0) }
        #expect(asked == [0, 0, 0])
        let taken = bucket.takeIfReady(atMilliseconds: 0)
        let later = bucket.wait(atMilliseconds: 250)
        #expect(taken == 0 && later == 750)
    }

    @Test func `a rate may be less than one a second, and the burst another number`() {
        var bucket = TokenBucket(
            count: 3, periodMilliseconds: 60_000, burst: 2, atMilliseconds: 0)
        let waits = (0..<3).map { _ in bucket.takeIfReady(atMilliseconds: 0) }
        #expect(waits == [0, 0, 20_000])
        let later = bucket.takeIfReady(atMilliseconds: 20_000)
        #expect(later == 0)
    }

    @Test func `it is full when it was made, and again after a rest`() {
        var bucket = perSecond(2)
        #expect(bucket.isFull(atMilliseconds: 0))
        _ = bucket.take(atMilliseconds: 0)
        #expect(!bucket.isFull(atMilliseconds: 499))
        #expect(bucket.isFull(atMilliseconds: 500))
    }

    @Test func `a clock that goes back brings nothing, and a rest of years is no overflow`() {
        var bucket = perSecond(1_000_000, at: 5_000)
        _ = bucket.take(atMilliseconds: 5_000)
        #expect(!bucket.isFull(atMilliseconds: 0))
        #expect(bucket.isFull(atMilliseconds: .max))
        let wait = bucket.take(atMilliseconds: .max)
        #expect(wait == 0)
    }

    @Test func `a duration has whole milliseconds`() {
        #expect(Duration.seconds(3).wholeMilliseconds == 3_000)
        #expect(Duration.microseconds(2_999).wholeMilliseconds == 2)
        #expect(Duration.zero.wholeMilliseconds == 0)
    }
}
