/// Returns the plain-text part: paragraphs separated by an empty line, a link as its label with its
/// URL below, the footer under the signature mark (RFC 3676, 4.3).
func textLayout(_ blocks: [RenderedBlock], footer: [RenderedBlock]) -> String {
    let body = blocks.map(plainText).joined(separator: "\n\n")
    guard !footer.isEmpty else { return body + "\n" }
    return body + "\n\n-- \n" + footer.map(plainText).joined(separator: "\n\n") + "\n"
}

private func plainText(_ block: RenderedBlock) -> String {
    switch block {
    case .paragraph(let lines): lines.joined(separator: "\n")
    case .link(let label, let url): "\(label):\n\(url)"
    }
}
