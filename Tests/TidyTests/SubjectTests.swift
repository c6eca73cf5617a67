import Testing

/// Workflows has a folder for each subject, whose verbs are the feature list.
@Suite struct SubjectTests {
    private static let target = "Sources/Workflows"
    /// The folders that subjects share.
    private static let shared: Set = ["Frame", "Asking", "Moves"]
    private static let parts = "Parts"

    // MARK: Folders

    @Test func `every file of Workflows is a verb, a part of a subject, or shared`() throws {
        for file in try SourceTree.files(Self.target) {
            #expect(
                isInPlace(file.path),
                """
                \(file.path): put a verb at the top of its subject's folder, what only serves one \
                subject into that folder's Parts/, what several share into Frame/, Asking/ or Moves/
                """)
        }
    }

    @Test(arguments: [
        ("Workflows.swift", true), ("Pledges/CancelPledge.swift", true),
        ("Pledges/Parts/Terms.swift", true), ("Frame/Change.swift", true),
        ("CancelPledge.swift", false), ("Pledges/Terms/Terms.swift", false),
        ("Pledges/Parts/Terms/Terms.swift", false), ("Frame/Parts/X.swift", false),
    ])
    func `a file in another place is found`(path: String, isRight: Bool) {
        #expect(isInPlace("\(Self.target)/\(path)") == isRight)
    }

    // MARK: Verbs

    @Test func `a file at the top of a subject is a verb`() throws {
        for file in try SourceTree.files(Self.target) where isVerb(file.path) {
            #expect(
                declaresVerb(file),
                """
                \(file.path) has no `enum \(name(of: file))` with a `static func run`: make it a \
                verb, or move it to Parts/
                """)
        }
    }

    @Test(arguments: [
        ("package enum CancelPledge {\n    package static func run(", true),
        ("package enum CancelPledge {\n    package static func run<Report: R>(", true),
        ("package enum CancelPledge {\n    package static func cancel(", false),
        ("package enum Cancel {\n    package static func run(", false),
        ("package enum CancelPledge {\n    // package static func run(", false),
    ])
    func `a file at the top that is not a verb is found`(text: String, isRight: Bool) {
        let file = SourceFile(path: "\(Self.target)/Pledges/CancelPledge.swift", text: text)
        #expect(declaresVerb(file) == isRight)
    }

    @Test func `every verb has a test file of its name`() throws {
        let tests = try SourceTree.files("Tests/WorkflowsTests")
        for verb in untried(try SourceTree.files(Self.target), tests) {
            Issue.record("write Tests/WorkflowsTests/\(verb)Tests.swift, with a @Test in it")
        }
    }

    @Test func `a verb that has no test file of its name is found`() {
        let files = ["Pledges/CancelPledge", "Workflows", "Pledges/Parts/Terms", "Frame/Context"]
            .map { SourceFile(path: "\(Self.target)/\($0).swift", text: "") }
        func untried(_ name: String, _ text: String) -> [String] {
            let test = SourceFile(path: "Tests/WorkflowsTests/\(name).swift", text: text)
            return self.untried(files, [test])
        }
        #expect(untried("CancelPledgeTests", "@Test func `x`() {}").isEmpty)
        #expect(untried("CancelPledgeTests", "// @Test func x() {}") == ["CancelPledge"])
        #expect(
            untried("PledgeTests", "@Test func x() { CancelPledge.run(id) }") == ["CancelPledge"])
        #expect(untried("Folder/CancelPledgeTests", "@Test func x() {}").isEmpty)
    }

    // MARK: Parts

    @Test func `a part serves its own subject alone`() throws {
        let files = try SourceTree.files(Self.target)
        for part in files where isPart(part.path) {
            for name in declaredNames(part) {
                let users = strangers(to: part, naming: name, among: files)
                #expect(
                    users == [],
                    """
                    \(name) belongs to the Parts of \(subject(of: part.path)): call a verb of that \
                    subject, or move what both need to Frame/, Asking/ or Moves/
                    """)
            }
        }
    }

    @Test func `a part that another subject uses is found`() {
        let part = SourceFile(
            path: "\(Self.target)/Charging/Parts/Tally.swift",
            text: "struct Tally {}\nextension Change {\n    var tally: Tally { Tally() }\n}\n")
        #expect(declaredNames(part) == ["Tally", ".tally"])
        func users(_ path: String, _ text: String) -> [String] {
            let file = SourceFile(path: "\(Self.target)/\(path)", text: text)
            return declaredNames(part).flatMap { strangers(to: part, naming: $0, among: [file]) }
        }
        #expect(users("Charging/RunBilling.swift", "let x = Tally()").isEmpty)
        #expect(users("Mail/DeliverMail.swift", "let x = Tally()").count == 1)
        #expect(users("Frame/Change.swift", "try change.tally.add(1)").count == 1)
        #expect(users("Mail/DeliverMail.swift", "// Tally\nlet y = MyTally()").isEmpty)
    }

    // MARK: Layers

    @Test func `no behaviour is added to Transaction`() throws {
        for file in try SourceTree.files(Self.target) {
            #expect(
                file.linesOfCode(with: "extension Transaction").isEmpty,
                "\(file.path): put SQL on Transaction in Store, behaviour on Change or Moment")
        }
    }

    private func isInPlace(_ path: String) -> Bool {
        let folders = path.dropFirst(Self.target.count + 1).split(separator: "/")
        switch folders.count {
        case 1: return folders[0] == "Workflows.swift"
        case 2: return true
        case 3: return folders[1] == Self.parts && !Self.shared.contains(String(folders[0]))
        default: return false
        }
    }

    private func isVerb(_ path: String) -> Bool {
        path.split(separator: "/").count == 4 && !Self.shared.contains(subject(of: path))
    }

    private func isPart(_ path: String) -> Bool {
        path.split(separator: "/").count == 5
    }

    private func subject(of path: String) -> String {
        String(path.dropFirst(Self.target.count + 1).prefix { $0 != "/" })
    }

    private func name(of file: SourceFile) -> String { String(file.name.dropLast(6)) }

    private func declaresVerb(_ file: SourceFile) -> Bool {
        !file.linesOfCode(with: "enum \(name(of: file))").isEmpty
            && !(file.linesOfCode(with: "static func run(")
                + file.linesOfCode(with: "static func run<")).isEmpty
    }

    private func untried(_ files: [SourceFile], _ tests: [SourceFile]) -> [String] {
        let tried = Set(tests.filter { !$0.linesOfCode(with: "@Test").isEmpty }.map(\.name))
        return files.filter { isVerb($0.path) }.map(name).filter {
            !tried.contains("\($0)Tests.swift")
        }
    }

    /// The types that a file declares at its top level, and the accessors that it adds to `Change`.
    private func declaredNames(_ file: SourceFile) -> [String] {
        file.codeLines.compactMap { line -> String? in
            if let accessor = line.wholeMatch(of: #/ {4}var (\w+): (\w+) \{ (\w+)\(.*\) \}/#) {
                return accessor.2 == accessor.3 ? ".\(accessor.1)" : nil
            }
            return line.prefixMatch(of: #/(package )?(final )?(struct|enum|class) (\w+)/#)
                .map { String($0.4) }
        }
    }

    private func strangers(
        to part: SourceFile, naming name: String, among files: [SourceFile]
    ) -> [String] {
        let word = name.hasPrefix(".") ? "change\(name)" : name
        return files.filter { subject(of: $0.path) != subject(of: part.path) }
            .filter { !$0.linesOfCode(with: word).isEmpty }.map(\.path)
    }
}
