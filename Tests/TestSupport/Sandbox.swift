package import Payments

extension TestBook {
    /// The Sandbox with this book's clock and its file beside the book.
    package func sandbox() throws -> SandboxProcessor {
        try SandboxProcessor(file: path + ".sandbox", clock: { self.now })
    }
}
