import Embedded

/// Returns the text of a built-in template by its file name, such as `support_en_open.txt`; nil if
/// there is no template of this name.
func builtInTemplate(_ file: String) -> String? {
    embeddedText(at: "Sources/Mail/Templates/\(file)").map { String(cString: $0) }
}
