import Testing

/// A payment processor is a folder of its own and a row of the table; the rest of the sources does
/// not know its name.
@Suite struct VendorTests {
    private static let payments = "Sources/Payments/"
    private static let table = payments + "ProcessorTable.swift"
    /// Folders that belong to no vendor: what any processor may use, and our own Sandbox.
    private static let shared: Set = ["HTTP"]
    private static let ours: Set = ["Sandbox"]

    /// The folders of processors: those in `Sources/Payments` except `shared`.
    private func processors() throws -> [String] {
        let folders = try SourceTree.files("Sources/Payments").compactMap { file in
            let parts = file.path.split(separator: "/").map(String.init)
            return parts.count == 4 ? parts[2] : nil
        }
        return Set(folders).subtracting(Self.shared).sorted()
    }

    @Test func `each processor has its row in the table`() throws {
        let table = try SourceTree.text(Self.table)
        let processors = try processors()
        #expect(processors.contains("Sandbox"))
        for name in processors {
            #expect(
                table.contains("\(name)Processor.factory"), "\(Self.table) has no row for \(name)")
        }
    }

    @Test func `a vendor's name occurs only in its folder`() throws {
        for vendor in try processors() where !Self.ours.contains(vendor) {
            for file in try SourceTree.files("Sources") {
                let found = strays(of: vendor, in: file)
                #expect(
                    found.isEmpty,
                    """
                    \(file.path):\(found): describe a processor in general instead of naming \
                    \(vendor)
                    """)
            }
        }
    }

    @Test func `the default processor is named in its folder alone`() throws {
        for file in try SourceTree.files("Sources")
        where !file.path.hasPrefix(Self.payments + "Sandbox/") {
            let found = file.lines.indices.filter { file.lines[$0].contains("\"sandbox\"") }
            #expect(
                found.isEmpty,
                "\(file.path): use MethodInput.processorStandard instead of the name")
        }
    }

    @Test func `a vendor's word outside its folder is found`() {
        let text = "a\n// As Acme has it.\nlet x = \"acme.key\"\nAcmeProcessor.factory"
        func lines(_ path: String) -> [Int] {
            strays(of: "Acme", in: SourceFile(path: path, text: text))
        }
        #expect(lines("Sources/Workflows/X.swift") == [2, 3, 4])
        #expect(lines("Sources/Payments/Acme/X.swift").isEmpty)
        #expect(lines(Self.table).isEmpty)
    }

    /// The numbers of the lines that contain the vendor's name, in comments and literals too.
    private func strays(of vendor: String, in file: SourceFile) -> [Int] {
        guard file.path != Self.table, !file.path.hasPrefix("\(Self.payments)\(vendor)/")
        else { return [] }
        let name = vendor.lowercased()
        return file.lines.indices.filter { file.lines[$0].lowercased().contains(name) }
            .map { $0 + 1 }
    }
}
