import WebAPI
import Workflows

extension Session {
    /// The door for programs over HTTP, with this session's book behind it.
    func webDoor(through processors: Processors, limits: WebDoor.Limits) -> WebDoor {
        let started = ContinuousClock.now
        return WebDoor(
            context.acting(as: "serve"), through: processors, limits: limits,
            uptime: { ContinuousClock.now - started })
    }
}
