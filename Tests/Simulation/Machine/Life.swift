import Synchronization

/// One run of a program. It may be killed at one of the points where it waits for the disk or the
/// network: before the operation happens, or after it but before its answer. From then on nothing
/// that it does reaches the outside.
final class Life: Sendable {
    enum Step { case goesOn, diesBefore, diesAfter, isOver }

    private struct State {
        var left: Int?
        var isOver = false
    }

    private let state: Mutex<State>
    private let diesAfter: Bool

    /// `steps` counts the waits until it is killed; nil: never.
    init(steps: Int? = nil, diesAfter: Bool = false) {
        state = Mutex(State(left: steps))
        self.diesAfter = diesAfter
    }

    var isOver: Bool { state.withLock { $0.isOver } }

    func step() -> Step {
        state.withLock { state in
            if state.isOver { return .isOver }
            guard let left = state.left else { return .goesOn }
            state.left = left - 1
            guard left == 0 else { return .goesOn }
            state.isOver = true
            return diesAfter ? .diesAfter : .diesBefore
        }
    }
}

/// Thrown inside a program that was killed.
struct ProcessDied: Error {}
