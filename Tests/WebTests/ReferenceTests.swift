import HTTPTypes
import Pledging
import Testing

@testable import Web

@Suite struct ReferenceTests {
    @Test func `the page names every operation, its scope and its members`() async throws {
        let served = try await Served()
        let page = try await served.ask(.get, "/docs", token: .some(nil))
        #expect(page.status == 200)
        #expect(page.headers[.contentType] == "text/html; charset=utf-8")
        for operation in OperationTable.all {
            #expect(page.text.contains("id=\"\(operation.name)\""))
            #expect(page.text.contains("\(operation.method.rawValue) \(operation.path)"))
            #expect(page.text.contains(operation.scope.rawValue))
            for field in (operation.body ?? []) + operation.query {
                #expect(page.text.contains("<code>\(field.name)</code>"))
            }
        }
    }

    @Test func `it takes nothing from elsewhere and runs nothing`() async throws {
        let served = try await Served()
        let page = try await served.ask(.get, "/docs")
        #expect(!page.text.contains("<script") && !page.text.contains("http://"))
        #expect(!page.text.contains("https://"))
        #expect(page.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
        let style = try await served.ask(.get, "/docs.css")
        #expect(style.headers[.contentType] == "text/css; charset=utf-8")
    }

    @Test func `each link on it leads to something on it`() async throws {
        let page = try await Served().ask(.get, "/docs")
        let targets = Set(page.text.matches(of: #/ id="([^"]+)"/#).map { String($0.1) })
        let links = page.text.matches(of: #/href="#([^"]+)"/#).map { String($0.1) }
        #expect(links.count > OperationTable.all.count)
        #expect(links.filter { !targets.contains($0) } == [])
    }
}
