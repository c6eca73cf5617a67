/// The loop of every job that calls outside (charges, mails, webhooks): it works on up to `maximum`
/// items in parallel. An item that fails stops the run, but not the items under way.
struct SideBySide<Item: Sendable, Outcome: Sendable>: Sendable {
    /// Items under way at once, at most.
    let maximum: Int
    /// Makes the call for one item and records its outcome.
    let work: @Sendable (Item) async throws -> Outcome

    /// Asks `next` for items whenever none waits and there is room, which it passes on. `next`
    /// returns an empty list when there is nothing at the moment, and nil when there is nothing
    /// more. `done` gets each outcome, and stops the run by throwing. When the run is stopped or
    /// its task is cancelled, no more items are begun, those under way are waited for, those that
    /// wait go to `putBack`, and the first error is thrown.
    func run(
        next: (_ room: Int) async throws -> [Item]?, done: (Outcome) throws -> Void,
        putBack: (Item) async throws -> Void
    ) async throws {
        var waiting: ArraySlice<Item> = []
        var failure: (any Error)?
        await withTaskGroup(of: Result<Outcome, any Error>.self) { group in
            var running = 0
            var isOver = false
            while true {
                do {
                    while failure == nil, running < maximum {
                        try Task.checkCancellation()
                        if waiting.isEmpty, !isOver {
                            let items = try await next(maximum - running)
                            isOver = items == nil
                            waiting = (items ?? [])[...]
                        }
                        guard let item = waiting.popFirst() else { break }
                        group.addTask { await outcome(of: item) }
                        running += 1
                    }
                } catch {
                    failure = error
                }
                guard let result = await group.next() else { return }
                running -= 1
                do {
                    try done(result.get())
                } catch {
                    failure = failure ?? error
                }
            }
        }
        guard let failure else { return }
        // An item that cannot be put back is free again when its lease ends.
        for item in waiting { try? await putBack(item) }
        throw failure
    }

    private func outcome(of item: Item) async -> Result<Outcome, any Error> {
        do {
            return .success(try await work(item))
        } catch {
            return .failure(error)
        }
    }
}
