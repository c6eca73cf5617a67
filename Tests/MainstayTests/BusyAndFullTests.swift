import Foundation
import Testing

/// Failures that pass have exit codes of their own: 75 if another process writes, 74 if the disk is
/// full.
@Suite struct BusyAndFullTests {
    @Test func `a book that another process writes is busy, and can be read meanwhile`() throws {
        let site = try Site.withBook()
        let ready = site.file("ready")
        let holder = try site.startPython("hold_lock.py", [site.database, ready])
        for _ in 0..<1_000 where !FileManager.default.fileExists(atPath: ready) { usleep(10_000) }
        try #require(FileManager.default.fileExists(atPath: ready))

        let writing = try site.run("supporter add --email late@example.org")
        #expect(writing.code == 75)
        #expect(writing.complainsInOneLine, "\(writing.complaint)")
        #expect(writing.text.isEmpty)
        #expect(!writing.complaint.contains("late@example.org"))
        let reading = try site.run("--json newsroom show")
        #expect(reading.code == 0, "\(reading.complaint)")
        #expect(try Answer(reading.text)["name"] == "Test")

        holder.kill()
        #expect(try holder.wait().code == nil)
        #expect(try site.count("SELECT count(*) FROM supporters") == 0)
        try site.succeed("supporter add --email late@example.org")
    }

    @Test(arguments: [
        "report supporters", "report supporters --format jsonl", "--json pledge list",
        "supporter list", "newsroom show", "event list", "doctor", "completions bash",
    ])
    func `results that cannot be written are an error`(_ words: String) throws {
        let site = try Site.withBook()
        try site.importActivePledge()
        let arguments = [try Program.path()] + words.split(separator: " ").map(String.init)
        let command = arguments.joined(separator: " ") + " > /dev/full"
        let ending = try site.start(
            command: ["sh", "-c", command], environment: ["MAINSTAY_DATABASE": site.database]
        ).wait()
        #expect(ending.code == 74)
        #expect(ending.complaint.contains("error: output: No space left on device\n"))
    }

    @Test func `a report into a full device is an error, and the device stays`() throws {
        let site = try Site.withBook()
        try FileManager.default.createSymbolicLink(
            atPath: site.file("full"), withDestinationPath: "/dev/full")
        let ending = try site.run("report supporters --output full")
        #expect(ending.code == 74 && ending.complainsInOneLine, "\(ending.complaint)")
        let kept = try FileManager.default.destinationOfSymbolicLink(atPath: site.file("full"))
        #expect(kept == "/dev/full")
    }

    @Test(.enabled(if: canMount, "needs a small file system of its own: unshare -rm, tmpfs"))
    func `a full disk loses nothing that was answered, and room heals it`() throws {
        let site = try Site()
        let script = try site.write("full.sh", fullDisk)
        let ending = try site.start(
            command: ["unshare", "-rm", "sh", script, Program.path(), site.file("disk")]
        ).wait()
        try #require(ending.code == 0, "\(ending.complaint)\(ending.text)")
        let found = try Answer(ending.text)
        // Some people fitted; the first that did not was refused, and nobody who was added is
        // missing.
        let added = try #require(found.number("added"))
        #expect(added > 0)
        #expect(found.number("refused") == 74)
        #expect(found.number("lines") == 1)
        #expect(found.number("report") == 74)
        #expect(found.number("files") == 0)
        #expect(found.number("kept") == added)
        #expect(found.number("doctor") == 0)
    }
}

private let canMount: Bool = {
    guard let site = try? Site() else { return false }
    let mount = "mount -t tmpfs -o size=1m none \(site.folder)"
    return (try? site.start(command: ["unshare", "-rm", "sh", "-c", mount]).wait())?.code == 0
}()

/// Fills a disk of 4 MiB while people are added to the book on it, and prints what became of them.
private let fullDisk = """
    set -e
    program=$1
    mkdir "$2"
    mount -t tmpfs -o size=4m none "$2"
    cd "$2"
    export MAINSTAY_DATABASE=book.db
    "$program" init --quiet > /dev/null
    "$program" newsroom set --legal-name L --postal-address A > /dev/null
    head -c 3400000 /dev/zero > filler
    added=0
    refused=0
    while [ $refused = 0 ] && [ $added -lt 2000 ]; do
        "$program" supporter add --email "reader$added@example.org" \\
            --name "$(head -c 300 /dev/zero | tr '\\0' x)" > /dev/null \\
            2> "$2.complaint" || refused=$?
        [ $refused = 0 ] && added=$((added + 1))
    done
    lines=$(wc -l < "$2.complaint")
    # All that is left goes as well, but for the room that reading takes.
    rm filler
    head -c 2500000 /dev/zero > filler
    free=$(df --output=avail -k . | tail -n 1)
    head -c $(((free - 48) * 1024)) /dev/zero > rest
    report=0
    "$program" report supporters --output report.csv 2> /dev/null || report=$?
    files=$(ls | grep -c report || true)
    rm filler rest
    kept=$("$program" --json supporter list | wc -l)
    doctor=0
    "$program" doctor > /dev/null 2>&1 || doctor=$?
    echo "{\\"added\\":$added,\\"refused\\":$refused,\\"lines\\":$lines,\\"report\\":$report,\\
    \\"files\\":$files,\\"kept\\":$kept,\\"doctor\\":$doctor}"

    """
