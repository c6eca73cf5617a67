import Foundation
import TestSupport

/// localstripe, an independent imitation of Stripe, as a process of its own on loopback. The
/// process ends with the last reference. It has no idempotency keys, no search and no TLS.
final class LocalStripe {
    let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Throws if it prints no port: the tests' Python lacks it, and Scripts/test installs it.
    init() throws {
        guard let script = Bundle.module.url(forResource: "local_stripe", withExtension: "py")
        else { throw Unexpected(what: "local_stripe.py is missing from the test bundle") }
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
