import HTTPTypes
import Hummingbird
import Pledging

extension ErrorAnswer {
    /// Returns a page for readers, in their language, that says what they can do.
    func page(in language: Language) -> Response {
        let (title, text): (PageText, PageText?) =
            switch phrase {
            case .unknownLink: (.unknown, .unknownWhat)
            case .addressChanged: (.unknown, .changed)
            case .tooMany: (.tooMany, nil)
            case .broken: (.broken, .brokenWhat)
            }
        let content = text.map { "<p>\(language.text($0))</p>" as Markup } ?? ""
        var response = Page(
            language: language, newsroom: nil, title: language.text(title), content: content,
            status: status
        ).response()
        for header in headers { response.headers[header.name] = header.value }
        return response
    }
}
