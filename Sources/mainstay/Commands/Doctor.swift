import ArgumentParser
import Foundation
import Glibc
import Pledging
import Workflows

struct Doctor: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check database, schema, key ring, settings and invariants, each with its cure.")
    @ParentCommand var root: Mainstay

    func run(_ session: Session) async throws {
        var checks = try await RunDoctor.run(in: session.context)
        checks.append(
            ringIsPrivate(session))
        var list = session.printer.list(["check", "sound", "detail", "cure"])
        for check in checks { try list.add(check.json) }
        try list.finish()
        try showSettings(session)
        if session.location.sharesFolder {
            session.printer.remark(
                "Advice: the key ring stands in the folder of the book; whoever takes one takes "
                    + "both. MAINSTAY_KEYS names another place.")
        }
        session.printer.remark(
            "Time zones come from \(TimeZone.timeZoneDataVersion).")
        let wrong = checks.count { !$0.isSound }
        guard wrong == 0 else {
            throw Finding(code: ExitStatus.failed, line: "\(wrong) check(s) failed")
        }
    }

    private func ringIsPrivate(_ session: Session) -> RunDoctor.Check {
        var status = stat()
        let isPrivate =
            stat(session.location.ringPath, &status) == 0 && status.st_mode & 0o077 == 0
        return RunDoctor.Check(
            "key ring", isPrivate,
            isPrivate ? "opens this book; others cannot read it" : "others can read it",
            cure: "chmod 600 \(session.location.ringPath)")
    }

    private func showSettings(_ session: Session) throws {
        guard !session.printer.isJSON else { return }
        var list = session.printer.table(["setting", "value", "from"])
        for key in SettingKey.allCases {
            let found = session.source.find(key)
            let shown = found.isSecret && found.value != nil ? "…" : found.value ?? "none"
            try list.add([found.key, shown, found.origin.rawValue])
        }
        try list.finish()
    }
}
