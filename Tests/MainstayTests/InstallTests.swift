import Foundation
import TestSupport
import Testing

/// Scripts/install, which copies into a folder here (DESTDIR).
@Suite struct InstallTests {
    private func install(
        _ site: Site, _ arguments: String..., root: String
    ) throws -> Ending {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Scripts/install").path
        return try site.start(
            command: ["bash", script] + arguments, environment: ["DESTDIR": root]
        ).wait()
    }

    @Test func `it lays program, units and settings, and a second time keeps the settings`()
        throws
    {
        let site = try Site()
        let root = site.file("root")
        let first = try install(site, Program.path(), root: root)
        #expect(first.code == 0, "\(first.complaint)")
        for (name, mode) in [
            ("usr/local/bin/mainstay", 0o755), ("etc/mainstay/mainstay.yaml", 0o644),
            ("etc/systemd/system/mainstay.service", 0o644),
            ("etc/systemd/system/mainstay-jobs.service", 0o644),
            ("etc/systemd/system/mainstay-jobs.timer", 0o644),
            ("etc/systemd/system/mainstay-failed@.service", 0o644),
            ("usr/local/share/bash-completion/completions/mainstay", 0o644),
        ] {
            #expect(try site.mode("\(root)/\(name)") == mode, "\(name)")
        }
        try site.write("root/etc/mainstay/mainstay.yaml", "database: /mine.db\n")
        #expect(try install(site, Program.path(), root: root).code == 0)
        let kept = try site.read("root/etc/mainstay/mainstay.yaml")
        #expect(String(decoding: kept, as: UTF8.self) == "database: /mine.db\n")
    }

    @Test func `the settings that it lays are taken by the program`() throws {
        let site = try Site.withBook()
        let root = site.file("root")
        _ = try install(site, Program.path(), root: root)
        let doctor = try site.run(
            "--config \(root)/etc/mainstay/mainstay.yaml doctor --json",
            environment: ["MAINSTAY_KEYS": site.ring])
        #expect(doctor.code == 0, "\(doctor.text)\(doctor.complaint)")
        #expect(doctor.text.contains("127.0.0.1,::1"))
    }

    @Test(arguments: [("--nonsense", 64), ("--name", 64), ("/no/such/program", 66)])
    func `what it cannot do it says in one line`(_ argument: String, _ code: Int32) throws {
        let site = try Site()
        let ending = try install(site, argument, root: site.file("root"))
        #expect(ending.code == code && ending.complaint.hasPrefix("error: "))
        #expect(try site.names().isEmpty)
    }
}
