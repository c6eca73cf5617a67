/// Why templates cannot be used, or not with the given values. No value is ever quoted.
package enum TemplateError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file or folder of overrides that cannot be read.
    case unreadable(path: String, problem: String)
    /// A file of overrides without a template of its name, which would never be used.
    case unknownFile(String)
    /// `line` counts from 1.
    case malformed(file: String, line: Int, problem: String)
    case missingValue(file: String, variable: String)
    case unsuitableValue(variable: String, problem: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let problem): "template \(path): \(problem)"
        case .unknownFile(let file):
            "template \(file): no template has this name; "
                + "names are like 'support_en_open.txt' and 'footer_en.txt'"
        case .malformed(let file, let line, let problem):
            "template \(file), line \(line): \(problem)"
        case .missingValue(let file, let variable):
            "template \(file): there is no value for '\(variable)'"
        case .unsuitableValue(let variable, let problem):
            "template value '\(variable)': \(problem)"
        }
    }
}
