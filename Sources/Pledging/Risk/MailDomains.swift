import Embedded

/// Which countries a mail address points to, by its domain: a provider that answers to a country's
/// courts, or the country's own top-level domain. The table is `mail_domains.csv`; a suffix there
/// counts before a shorter one, and a top-level domain of two letters that is not listed is its
/// country's (ISO 3166-1; RFC 1591).
package enum MailDomains {
    /// ISO 3166-1 alpha-2; none for a domain that tells nothing.
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
