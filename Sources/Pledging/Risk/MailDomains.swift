import Embedded

/// Finds the countries that a mail address points to by its domain: those whose courts a provider
/// answers to, or that of a country's own top-level domain. The table is `mail_domains.csv`; the
/// longest listed suffix counts. A top-level domain of two letters that is not listed belongs to
/// its country (ISO 3166-1; RFC 1591).
package enum MailDomains {
    /// Returns ISO 3166-1 alpha-2 codes; none if the domain points to no country.
    package static func countries(of email: EmailAddress) -> Set<String> {
        let at = email.normalized.lastIndex(of: "@") ?? email.normalized.startIndex
        var suffix = email.normalized[email.normalized.index(after: at)...]
        while true {
            if let found = table[String(suffix)] { return found }
            guard let dot = suffix.firstIndex(of: ".") else { break }
            suffix = suffix[suffix.index(after: dot)...]
        }
        let isCountry = suffix.utf8.count == 2 && suffix.utf8.allSatisfy { (97...122).contains($0) }
        return isCountry ? [suffix.uppercased()] : []
    }

    private static let table: [String: Set<String>] = {
        let text = String(cString: EmbeddedAsset.mail_domains.text)
        var table: [String: Set<String>] = [:]
        for line in text.split(separator: "\n").dropFirst() {
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count == 2 else { continue }
            table[String(cells[0])] = Set(cells[1].split(separator: " ").map(String.init))
        }
        return table
    }()
}
