import Foundation
import Glibc
import Testing

/// What is not permitted exits with 77: keys that do not fit, rules that forbid it, and files that
/// somebody else owns.
@Suite struct PermissionTests {
    @Test(arguments: [
        Refusal("the ring of another book", 77, "newsroom show") {
            try $0.succeed("--database other.db init --quiet")
            try FileManager.default.removeItem(atPath: $0.ring)
            try FileManager.default.copyItem(atPath: $0.file("other.db.keys"), toPath: $0.ring)
        },
        Refusal(
            "the ring of another book, named", 77, "newsroom show",
            environment: ["MAINSTAY_KEYS": "other.db.keys"]
        ) { try $0.succeed("--database other.db init --quiet") },
        Refusal("no passphrase", 77, "newsroom show") { try $0.protectBook() },
        Refusal(
            "a wrong passphrase", 77, "newsroom show",
            environment: ["MAINSTAY_KEYS_PASSPHRASE_FILE": "wrong"]
        ) {
            try $0.protectBook()
            try $0.write("wrong", "incorrect horse\n")
        },
        Refusal(
            "the ring of another book, imported", 77,
            "keys import other.keys --passphrase-file passphrase"
        ) { site in
            try site.write("passphrase", "correct horse\n")
            try site.succeed("--database other.db init --quiet")
            try site.succeed(
                "--database other.db keys export other.keys --passphrase-file passphrase --quiet")
            try FileManager.default.removeItem(atPath: site.ring)
        },
        Refusal(
            "a wrong passphrase for a ring abroad", 77,
            "--database new.db keys import abroad.keys --passphrase-file wrong"
        ) { site in
            try site.write("passphrase", "correct horse\n")
            try site.write("wrong", "incorrect horse\n")
            try site.succeed("keys export abroad.keys --passphrase-file passphrase --quiet")
        },
        Refusal("a reminder for a suppressed address", 77, "reminder add --email no@example.org") {
            try $0.succeed("suppression add --email no@example.org")
        },
        Refusal("lifting an opt-out", 77, "suppression remove --email no@example.org") {
            try $0.succeed("suppression add --email no@example.org --reason optOut")
        },
    ])
    func `what is not permitted is 77`(_ refusal: Refusal) throws { try refusal.check() }

    @Test func `a rise of somebody's pledge is not permitted`() throws {
        let site = try Site.withBook()
        let id = try site.importActivePledge()
        let before = try site.snapshot()
        let ending = try site.run("pledge change \(id) --amount 6.00")
        #expect(ending.code == 77 && ending.complainsInOneLine)
        #expect(try site.snapshot() == before)
    }

    @Test(arguments: ["newsroom show", "newsroom set --name New", "pledge list"])
    func `a database that may only be read is 77 and stays as it is`(_ words: String) throws {
        let site = try OrdinaryUser()
        try site.hand(site.site.ring, mode: 0o600)
        try site.own(site.site.database, mode: 0o444)
        let before = try site.site.read("book.db")
        for folderMode: mode_t in [0o755, 0o777] {
            try site.own(site.site.folder, mode: folderMode)
            let ending = try site.run(words)
            #expect(ending.code == 77, "\(ending.complaint)")
            #expect(ending.complainsInOneLine, "\(ending.complaint)")
            #expect(try site.site.read("book.db") == before)
        }
    }

    @Test(arguments: ["book.db", "book.db.keys"])
    func `a file that may not be read is 77`(_ name: String) throws {
        let site = try OrdinaryUser()
        for path in [site.site.database, site.site.ring] { try site.hand(path, mode: 0o600) }
        try site.own(site.site.file(name), mode: 0)
        let ending = try site.run("newsroom show")
        #expect(ending.code == 77 && ending.complainsInOneLine, "\(ending.complaint)")
    }

    @Test(arguments: ["report supporters --output locked/a.csv", "--database locked/b.db init"])
    func `a folder that may not be written is 73`(_ words: String) throws {
        let site = try OrdinaryUser()
        for path in [site.site.database, site.site.ring] { try site.hand(path, mode: 0o600) }
        try FileManager.default.createDirectory(
            atPath: site.site.file("locked"), withIntermediateDirectories: false)
        try site.own(site.site.file("locked"), mode: 0o555)
        try site.own(site.site.folder, mode: 0o777)
        let ending = try site.run(words)
        #expect(ending.code == 73 && ending.complainsInOneLine, "\(ending.complaint)")
        #expect(try site.site.names(in: site.site.file("locked")).isEmpty)
    }

    @Test func `panic says what a read-only folder keeps it from, and does the rest`() throws {
        let site = try OrdinaryUser()
        try site.site.succeed("reminder add --email a@example.org --every 3")
        try site.site.succeed("run mail")
        for name in try site.site.names(in: site.site.outbox) {
            try site.hand(site.site.outbox + "/" + name, mode: 0o600)
        }
        try site.hand(site.site.outbox, mode: 0o700)
        for path in [site.site.database, site.site.ring, site.site.ring + ".live"] {
            try site.hand(path, mode: 0o600)
        }
        try site.own(site.site.folder, mode: 0o555)
        let ending = try site.run("panic --yes")
        try site.own(site.site.folder, mode: 0o777)
        #expect(ending.code == 74 && ending.complainsInOneLine, "\(ending.complaint)")
        #expect(ending.complaint.contains("was not removed"))
        #expect(try site.site.names(in: site.site.outbox).isEmpty)
        let after = try site.run("newsroom show")
        #expect(after.code == 77 && after.complaint.contains("were destroyed at"))
    }
}

/// A site in which the program runs without root's powers, because permissions do not bind root.
private struct OrdinaryUser {
    let site: Site
    private let isRoot = geteuid() == 0
    private let program: String
    private static let nobody: uid_t = 65_534

    init() throws {
        site = try Site.withBook()
        // An ordinary user can reach this copy, wherever the tests are built.
        let copy = site.file("mainstay")
        // `cp` copies it, so that no process that starts meanwhile holds it open for writing.
        let copied = try site.start(command: ["cp", Program.path(), copy]).wait()
        try #require(copied.code == 0)
        program = copy
        try own(copy, mode: 0o755)
        let above = URL(fileURLWithPath: site.folder).deletingLastPathComponent().path
        try own(above, mode: 0o755)
        try own(site.folder, mode: 0o777)
    }

    /// Gives a file to the ordinary user.
    func hand(_ path: String, mode: mode_t) throws {
        if isRoot { try check(chown(path, OrdinaryUser.nobody, OrdinaryUser.nobody)) }
        try check(chmod(path, mode))
    }

    /// Makes root the owner, if the tests run as root.
    func own(_ path: String, mode: mode_t) throws {
        if isRoot { try check(chown(path, 0, 0)) }
        try check(chmod(path, mode))
    }

    func run(_ words: String) throws -> Ending {
        let user = "\(OrdinaryUser.nobody)"
        let dropping =
            isRoot ? ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"] : []
        return try site.start(
            command: dropping + [program] + words.split(separator: " ").map(String.init),
            environment: ["MAINSTAY_DATABASE": site.database]
        ).wait()
    }

    private func check(_ result: Int32) throws {
        guard result == 0 else { throw Unexpected(String(cString: strerror(errno))) }
    }
}
