/// The loop of every job that calls outside: so many items at a time, whatever they are (charges,
/// mails, webhooks). One that fails stops the run, and never those that are on their way.
struct SideBySide<Item: Sendable, Outcome: Sendable>: Sendable {
    /// Items under way at once.
    let maximum: Int
    /// Takes one item outside and records what came of it.
    let work: @Sendable (Item) async throws -> Outcome

    /// Asks `next` for items whenever there is room and none waits, with the room that there is: an
    /// empty list is for nothing at the moment, nil for nothing more. `done` is told each outcome,
    /// and stops the run by throwing. Whatever stops it, or a cancelled task: no item is begun any
    /// more, those under way are waited for, those that wait go to `putBack`, and the first error
    /// is thrown.
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
        // One that cannot be put back is free again when its lease ends.
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
