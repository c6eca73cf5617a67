import Mail
import Pledging
import Synchronization
import TestSupport

/// Takes mails: it accepts most, defers some and refuses a few for good. It keeps what it accepted.
final class Post: MailTransport {
    struct Taken {
        let mailID: String
        let at: Instant
    }

    private let clock: WorldClock
    private let dice: Dice
    private let taken = Mutex<[Taken]>([])
    private let down = Mutex(false)

    /// While it is down, it takes no mail.
    var isDown: Bool {
        get { down.withLock { $0 } }
        set { down.withLock { $0 = newValue } }
    }

    init(clock: WorldClock, dice: Dice) {
        self.clock = clock
        self.dice = dice
    }

    func deliver(_ message: RenderedMail) async -> MailOutcome {
        if isDown { return .misconfigured("the relay refuses the password") }
        switch dice.below(1_000) {
        case 0..<20: return .retryLater("greylisted")
        case 20..<24: return .refused("no such mailbox")
        default:
            taken.withLock { $0.append(Taken(mailID: message.mailID, at: clock.now)) }
            return .accepted
        }
    }

    /// Returns what was accepted since the last call.
    func takeFresh() -> [Taken] {
        taken.withLock { taken in
            defer { taken = [] }
            return taken
        }
    }
}
