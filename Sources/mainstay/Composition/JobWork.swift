import OpenSSL
import Pledging
import Web
import Workflows

extension Session {
    /// Returns the job loop, with what it needs to act outside.
    func jobLoop(
        through processors: Processors, counting metrics: ServiceMetrics
    ) -> WebService.JobLoop {
        let work = metrics.counting(work(through: processors))
        let (context, random) = (context, RandomSource())
        return { pause in
            let pace = RunJobs.Pace(
                jitter: { random.some(of: $0) }, sleep: { try await Task.sleep(for: $0) },
                pause: pause)
            await RunJobs.run(work, at: pace, in: context)
        }
    }

    private func work(through processors: Processors) -> RunJobs.Work {
        let session = self
        return { job, context in
            switch job {
            case .billing: return try await bill(through: processors, in: context)
            case .reminders:
                return try await SendReminders.run(in: context).json
            case .mail:
                guard try await DeliverMail.due(in: context) > 0 else { return nil }
                let post = try session.postOffice()
                return try await DeliverMail.run(
                    through: post.transport, templates: post.templates, in: context
                ).json
            case .webhooks:
                guard try await DeliverWebhooks.due(in: context) > 0 else { return nil }
                return try await session.sendingWebhooks { send in
                    try await DeliverWebhooks.run(through: send, in: context)
                }.json
            case .reconcile:
                return try await ReconcileCharges.run(through: processors, in: context).json
            case .books:
                let summary = try await CompareBooks.run(through: processors, in: context)
                if let failure = summary.failure { throw Problem(.unavailable, failure) }
                return summary.json
            case .attention:
                let summary = try await CheckAttention.run(in: context).json
                _ = try await SendHeartbeat.run(through: SendHeartbeat.ask, in: context)
                return summary
            case .retention:
                return try await RunRetention.run(isDryRun: false, in: context).json
            case .seal:
                guard try await SealEvents.waiting(in: context) > 0 else { return nil }
                return try await SealEvents.run(in: context).json
            }
        }
    }
}

extension RandomSource {
    /// Returns a random number from 0 to nearly `most`. Without entropy it is 0, and processes keep
    /// in step, which is harmless.
    fileprivate func some(of most: Int64) -> Int64 {
        let drawn = (try? bytes(2)) ?? [0, 0]
        return most * (Int64(drawn[0]) << 8 | Int64(drawn[1])) / 65_536
    }
}

/// Runs billing. Throws Problem if a processor was not reached, after all else was done.
private func bill(through processors: Processors, in context: Context) async throws -> JSON {
    let summary = try await RunBilling.run(.init(), through: processors, in: context)
    if let failure = summary.failure { throw Problem(.unavailable, failure) }
    return summary.json
}
