import Foundation
import Mail
import Testing

@Suite struct SendmailTransportTests {
    private func mail(
        from: String = "news@paper.example", to: String = "ann.reader@mailbox.example",
        _ text: String = "Subject: x\r\n\r\nbody\r\n"
    ) -> RenderedMail {
        RenderedMail(mailID: "msg_1", envelopeFrom: from, envelopeTo: to, bytes: Array(text.utf8))
    }

    /// Makes a program in `folder` that runs `body` in the shell; returns its path.
    private func script(_ folder: borrowing TemporaryFolder, _ body: String) throws -> String {
        _ = try folder.write("behaviour", body + "\n")
        let path = "\(folder.path)/sendmail"
        let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("fake_sendmail.sh").path
        if !FileManager.default.fileExists(atPath: path) {
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: program)
        }
        return path
    }

    @Test func `the program gets its arguments unharmed and the mail with local line ends`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try script(
            folder, "printf '%s\\n' \"$@\" >\(folder.path)/args; cat >\(folder.path)/mail")
        let hostile = "$(touch x)`id`;'\"*@b.example"
        let text = "Subject: x\r\n\r\nbody\r\n.\r\nlone \r and \n stay\r\n"
        let outcome = await SendmailTransport(path: path).deliver(mail(from: hostile, text))
        #expect(outcome == .accepted)
        #expect(
            try folder.read("args")
                == Array("-i\n-f\n\(hostile)\n--\nann.reader@mailbox.example\n".utf8))
        #expect(
            try folder.read("mail")
                == Array("Subject: x\n\nbody\n.\nlone \r and \n stay\n".utf8))
        #expect(try folder.names() == ["args", "behaviour", "mail", "sendmail"])
    }

    @Test(arguments: [
        (0, "accepted"), (1, "retryLater"), (2, "retryLater"), (64, "misconfigured"),
        (65, "refused"), (66, "retryLater"), (67, "refused"), (68, "refused"),
        (69, "retryLater"), (70, "retryLater"), (71, "retryLater"), (72, "misconfigured"),
        (73, "misconfigured"), (74, "retryLater"), (75, "retryLater"), (76, "retryLater"),
        (77, "misconfigured"), (78, "misconfigured"), (126, "misconfigured"),
        (127, "misconfigured"), (255, "retryLater"),
    ])
    func `an exit code means what sysexits says`(code: Int, expected: String) async throws {
        let folder = try TemporaryFolder()
        let path = try script(folder, "cat >/dev/null; echo 'disk is <x@y> full' >&2; exit \(code)")
        let outcome = await SendmailTransport(path: path).deliver(mail())
        #expect(name(outcome) == expected)
        if code != 0 {
            #expect(text(outcome).hasPrefix("sendmail exited with \(code)"))
            #expect(text(outcome).hasSuffix(": disk is (address) full"))
        }
    }

    @Test func `an outcome holds no address`() async throws {
        let folder = try TemporaryFolder()
        for said in [
            "ann.reader@mailbox.example unknown", "<ANN.READER>: no such user", "mailbox.example",
        ] {
            let path = try script(folder, "cat >/dev/null; echo '\(said)' >&2; exit 67")
            let outcome = await SendmailTransport(path: path).deliver(mail())
            let lowercased = text(outcome).lowercased()
            #expect(lowercased.hasPrefix("sendmail exited with 67 (no such user): "))
            #expect(!lowercased.contains("ann") && !lowercased.contains("mailbox"))
            #expect(!lowercased.contains("@"))
        }
    }

    @Test func `a program that hangs is killed with its children`() async throws {
        let folder = try TemporaryFolder()
        let path = try script(
            folder,
            "cd \(folder.path); trap '' TERM; sleep 30 & echo $! >child; echo $$ >self; wait")
        let outcome = await SendmailTransport(path: path, timeoutSeconds: 1).deliver(mail())
        #expect(outcome == .retryLater("sendmail took longer than 1 s"))
        for file in ["child", "self"] {
            let text = String(decoding: try folder.read(file), as: UTF8.self)
            let process = try #require(Int32(text.dropLast()))
            #expect(isGone(process))
        }
    }

    @Test func `a large mail does not hang on a program that ignores its input`() async throws {
        let folder = try TemporaryFolder()
        let large = mail(String(repeating: "line of the mail\r\n", count: 20_000))
        let quick = try script(folder, "exit 75")
        #expect(name(await SendmailTransport(path: quick).deliver(large)) == "retryLater")
        let silent = try script(folder, "exec sleep 30")
        let outcome = await SendmailTransport(path: silent, timeoutSeconds: 1).deliver(large)
        #expect(name(outcome) == "retryLater")
    }

    @Test func `a program that succeeds without reading the mail is misconfigured`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try script(folder, "exec <&-; exit 0")
        let large = mail(String(repeating: "line of the mail\r\n", count: 20_000))
        let outcome = await SendmailTransport(path: path).deliver(large)
        #expect(outcome == .misconfigured("sendmail exited before it had read the whole mail"))
    }

    @Test func `a program that talks without end neither blocks nor fills our memory`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try script(
            folder, "cat >/dev/null; head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 75")
        let outcome = await SendmailTransport(path: path).deliver(mail())
        #expect(name(outcome) == "retryLater")
        #expect(text(outcome).count < 300)
        let endless = try script(folder, "yes >&2")
        let killed = await SendmailTransport(path: endless, timeoutSeconds: 1).deliver(mail())
        #expect(killed == .retryLater("sendmail took longer than 1 s"))
    }

    @Test func `a child left behind does not hold us up`() async throws {
        let folder = try TemporaryFolder()
        let path = try script(
            folder, "cat >/dev/null; sleep 3600 & echo $! >\(folder.path)/child; exit 0")
        #expect(await SendmailTransport(path: path).deliver(mail()) == .accepted)
        let child = String(decoding: try folder.read("child"), as: UTF8.self)
        #expect(kill(try #require(Int32(child.dropLast())), SIGKILL) == 0)
    }

    @Test func `a program ended by a signal is tried again`() async throws {
        let folder = try TemporaryFolder()
        let path = try script(folder, "kill -9 $$")
        let outcome = await SendmailTransport(path: path).deliver(mail())
        #expect(outcome == .retryLater("sendmail was killed by signal 9"))
    }

    @Test func `a program that cannot be started is misconfigured`() async throws {
        let folder = try TemporaryFolder()
        let notExecutable = try folder.write("plain", "x", mode: 0o600)
        for path in ["\(folder.path)/none", notExecutable, folder.path, ""] {
            let outcome = await SendmailTransport(path: path).deliver(mail())
            #expect(name(outcome) == "misconfigured")
        }
    }

    @Test(arguments: ["-oQ/tmp@b.example", "-", "", "a\n@b.example", "a\0@b.example"])
    func `an address that could be taken for an option is refused`(address: String) async throws {
        let folder = try TemporaryFolder()
        let path = try script(folder, "touch '\(folder.path)/ran'")
        let transport = SendmailTransport(path: path)
        #expect(name(await transport.deliver(mail(to: address))) == "refused")
        #expect(name(await transport.deliver(mail(from: address))) == "misconfigured")
        #expect(try folder.names() == ["behaviour", "sendmail"])
    }

    @Test func `only what it needs of our environment is passed on`() async throws {
        let folder = try TemporaryFolder()
        let path = try script(folder, "cat >/dev/null; env >\(folder.path)/env")
        #expect(await SendmailTransport(path: path).deliver(mail()) == .accepted)
        let variables = String(decoding: try folder.read("env"), as: UTF8.self)
        #expect(variables.contains("PATH="))
        // The script's shell adds its own variables.
        let known = [
            "PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "PWD", "OLDPWD", "SHLVL", "_",
        ]
        for line in variables.split(separator: "\n") {
            let name = line.prefix { $0 != "=" }
            #expect(known.contains(String(name)))
        }
    }

    @Test func `many at once are all delivered and leave no zombie`() async throws {
        let folder = try TemporaryFolder()
        let path = try script(folder, "cat >/dev/null; echo $$ >>\(folder.path)/processes")
        let transport = SendmailTransport(path: path)
        await withTaskGroup(of: MailOutcome.self) { group in
            for _ in 0..<40 { group.addTask { await transport.deliver(mail()) } }
            for await outcome in group { #expect(outcome == .accepted) }
        }
        let processes = String(decoding: try folder.read("processes"), as: UTF8.self)
            .split(separator: "\n").compactMap { Int32($0) }
        #expect(processes.count == 40)
        for process in processes { #expect(isGone(process)) }
    }

    private func name(_ outcome: MailOutcome) -> String {
        switch outcome {
        case .accepted: "accepted"
        case .retryLater: "retryLater"
        case .refused: "refused"
        case .misconfigured: "misconfigured"
        }
    }

    private func text(_ outcome: MailOutcome) -> String {
        switch outcome {
        case .accepted: ""
        case .retryLater(let text), .refused(let text), .misconfigured(let text): text
        }
    }

    /// True if the process neither runs nor is a zombie child of ours. A killed orphan may still
    /// wait for init.
    private func isGone(_ process: Int32) -> Bool {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        else { return true }
        let isOurs = status.contains("PPid:\t\(getpid())\n")
        return !isOurs && (status.contains("State:\tZ") || status.contains("State:\tX"))
    }
}
