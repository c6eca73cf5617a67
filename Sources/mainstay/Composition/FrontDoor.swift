import WebAPI
import Workflows

extension Session {
    /// The door for programs over HTTP, with this session's book behind it.
    func webDoor(
        through processors: Processors, sending send: @escaping DeliverWebhooks.Send,
        limits: WebDoor.Limits
    ) -> WebDoor {
        let started = ContinuousClock.now
        return WebDoor(
            context.acting(as: "serve"), through: processors, sending: send, limits: limits,
            uptime: { ContinuousClock.now - started })
    }
}
