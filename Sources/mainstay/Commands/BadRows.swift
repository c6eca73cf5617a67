import Pledging
import Workflows

/// The rows of a file that were left out. The first of them are shown on the screen and in JSON;
/// the file of `--errors` gets all of them.
final class BadRows {
    private let file: OutputFile?
    private var shown: [BadRow] = []
    private var count = 0

    init(_ path: String?, sparing: [String]) throws {
        file = try path.map { try OutputFile($0, option: "--errors", sparing: sparing) }
        try file?.write(Array("line,column,rule\r\n".utf8))
    }

    func add(_ row: BadRow) throws {
        count += 1
        if shown.count < BadRows.shownMaximum { shown.append(row) }
        try file?.write(row.csv)
    }

    func finish() throws { try file?.finish() }

    var json: JSON { .array(shown.map(\.json)) }

    func remark(_ printer: Printer) {
        for row in shown { printer.remark("line \(row.line), \(row.column): \(row.rule)") }
        if count > shown.count {
            printer.remark("… and \(count - shown.count) more; --errors FILE lists them all")
        }
    }

    /// Throws a Finding with exit code 65 if there are any, after printing all else.
    func refuse(_ printer: Printer, _ cure: String) throws {
        guard count > 0 else { return }
        try printer.flush()
        throw Finding(
            code: ExitStatus.badInput,
            line: "\(count) bad row(s) left out; correct them and \(cure)")
    }

    private static let shownMaximum = 100
}

extension BadRow {
    fileprivate var csv: [UInt8] {
        var bytes = Array("\(line),".utf8)
        CSVCell.append(column, to: &bytes)
        bytes.append(UInt8(ascii: ","))
        CSVCell.append(rule, to: &bytes)
        return bytes + [0x0D, 0x0A]
    }
}
