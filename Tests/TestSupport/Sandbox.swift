package import Payments

extension TestBook {
    /// The Sandbox by this book's clock, with its file beside the book.
    package func sandbox() throws -> SandboxProcessor {
        try SandboxProcessor(file: path + ".sandbox", clock: { self.now })
    }
}
