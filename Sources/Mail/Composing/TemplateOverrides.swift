import Foundation

/// The source of each template: an operator's file if there is one, otherwise the built-in text.
struct TemplateOverrides {
    private var replaced: [String: String] = [:]

    init(folder: String?) throws(TemplateError) {
        guard let folder else { return }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .unreadable(path: folder, problem: "the folder cannot be listed")
        }
        for name in names.sorted() where name.hasSuffix(".txt") && !name.hasPrefix(".") {
            guard builtInTemplate(name) != nil else { throw .unknownFile(name) }
            replaced[name] = try read("\(folder)/\(name)")
        }
    }

    func source(of file: String) throws(TemplateError) -> String {
        if let text = replaced[file] { return text }
        guard let text = builtInTemplate(file) else { throw .unknownFile(file) }
        return text
    }

    /// Mailboxes would cut off a mail of this size anyway, and a wrong file may have any size.
    private static let maximumFileBytes = 64 * 1_024

    private func read(_ path: String) throws(TemplateError) -> String {
        let limit = TemplateOverrides.maximumFileBytes
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw .unreadable(path: path, problem: "the file cannot be opened")
        }
        defer { try? handle.close() }
        let content: Data
        do {
            content = try handle.read(upToCount: limit + 1) ?? Data()
        } catch {
            throw .unreadable(path: path, problem: "the file cannot be read")
        }
        guard content.count <= limit else {
            throw .unreadable(path: path, problem: "the file is larger than \(limit) bytes")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw .unreadable(path: path, problem: "the file is not UTF-8")
        }
        return text
    }
}
