import Glibc
import TestSupport
import Testing
import Workflows

@Suite struct ImportFileTests {
    @Test func `a pipe is refused without waiting for what comes through it`() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.file("pipe")
        try #require(mkfifo(pipe, 0o600) == 0)
        for path in [pipe, "/dev/zero"] {
            let problem = #expect(throws: Problem.self) { try ImportFile(path) }
            #expect(problem?.kind == .invalid)
            #expect(problem?.message.contains("save it") == true)
        }
    }

    @Test func `what is not there is missing`() throws {
        let folder = try TemporaryFolder()
        let problem = #expect(throws: Problem.self) { try ImportFile(folder.file("nothing")) }
        #expect(problem?.kind == .inputMissing)
    }
}
