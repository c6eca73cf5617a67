import Store
import TestSupport
import Workflows

extension TestBook {
    func suppressions() async throws -> [StoredSuppression] {
        var found: [StoredSuppression] = []
        try await BrowseBook.suppressions(in: context()).each { found.append($0) }
        return found
    }
}
