import Foundation
import TestSupport

/// localstripe, an imitation of Stripe by other people, as a process of its own on loopback; it
/// ends with the last reference. It knows no idempotency keys, no search and no TLS.
final class LocalStripe {
    let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Throws when it says no port: the tests' Python lacks it, and Scripts/test installs it.
    init() throws {
        guard let script = Bundle.module.url(forResource: "local_stripe", withExtension: "py")
        else { throw Unexpected(what: "no local_stripe.py") }
        folder = try TemporaryFolder()
        process = try ChildProcess(
            [pythonPath, script.path], outputPath: folder.file("output"))
        guard let port = process.firstLine().flatMap({ Int($0) }) else {
            throw Unexpected(what: "localstripe does not run; Scripts/test installs it")
        }
        self.port = port
    }

    deinit { process.kill() }
}
