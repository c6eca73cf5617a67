import Foundation
import Testing

/// The files in Scripts/deploy agree with the program.
@Suite struct DeployTests {
    private static let folder = "Scripts/deploy"

    private func text(_ name: String) throws -> String {
        try SourceTree.text("\(Self.folder)/\(name)")
    }

    /// The names of metrics in a text. The parts of a histogram count as the histogram.
    private func measured(_ text: String) -> Set<String> {
        let names = text.matches(of: #/\b(?:mainstay|process)_[a-z_]+/#).map { String($0.0) }
        return Set(
            names.map { $0.replacing(#/_(bucket|sum|count)$/#, with: "") })
    }

    @Test(arguments: ["alerts.yml", "grafana.json"])
    func `every metric in alerts and dashboard exists`(_ name: String) throws {
        let sources = try SourceTree.files("Sources/Web/Metrics").map(\.text).joined()
        let watched = measured(try text(name))
        #expect(watched.count > 3)
        #expect(watched.filter { !sources.contains("\"\($0)\"") } == [])
    }

    @Test func `metric names are read from a text`() {
        #expect(
            measured("rate(mainstay_x_seconds_bucket[5m]) + process_y")
                == ["mainstay_x_seconds", "process_y"])
    }

    @Test func `the dashboard is JSON with a query in each panel`() throws {
        let json = try JSONSerialization.jsonObject(with: Data(text("grafana.json").utf8))
        let panels = try #require((json as? [String: Any])?["panels"] as? [[String: Any]])
        #expect(panels.count > 5)
        for panel in panels {
            let targets = try #require(panel["targets"] as? [[String: Any]])
            #expect(targets.allSatisfy { ($0["expr"] as? String)?.isEmpty == false })
        }
    }

    @Test func `both units are hardened alike`() throws {
        func hardening(_ name: String) throws -> [Substring] {
            let lines = try text(name).split(separator: "\n")
            let first = try #require(lines.firstIndex(of: "NoNewPrivileges=yes"))
            return Array(lines[first...].prefix { !$0.hasPrefix("[") })
        }
        let service = try hardening("mainstay.service")
        #expect(service.count > 25)
        #expect(try hardening("mainstay-jobs.service") == service)
    }

    @Test func `each setting is one that the program reads`() throws {
        let known =
            try SourceTree.text("Sources/mainstay/Composition/SettingsSource.swift")
            // A processor's settings are in its folder.
            + SourceTree.files("Sources/Payments").map(\.text).joined()
        var parent = ""
        for line in try text("mainstay.yaml").split(separator: "\n") {
            // Settings that are commented out must exist too.
            let line = line.hasPrefix("# ") && line.contains(":") ? line.dropFirst(2) : line
            guard let match = line.wholeMatch(of: #/( *)([a-z_]+):(.*)/#) else { continue }
            let name = String(match.2)
            if match.1.isEmpty { parent = name }
            guard !match.3.isEmpty else { continue }
            let key = match.1.isEmpty ? name : "\(parent).\(name)"
            #expect(known.contains("\"\(key)\"") || known.contains("case \(key)\n"), "\(key)")
        }
    }

    @Test func `no reader's request is logged by the proxies`() throws {
        let nginx = try text("nginx.conf")
        // The log has no address, query or referrer, and is kept only where programs ask.
        let format = try #require(
            nginx.split(separator: "\n").first { $0.hasPrefix("log_format") })
        for word in ["remote", "args", "request_uri", "referer", "user_agent", "$request "] {
            #expect(!format.contains(word))
        }
        #expect(nginx.ranges(of: "access_log off;").count == 2)
        for line in nginx.split(separator: "\n") where line.contains("access_log /") {
            #expect(line.hasPrefix("        ") && line.hasSuffix(" mainstay;"))
        }
        #expect(try !text("Caddyfile").contains("\n\tlog\n"))
    }
}
