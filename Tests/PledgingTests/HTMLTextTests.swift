import Pledging
import Testing

@Suite struct HTMLTextTests {
    @Test(arguments: [
        ("", ""), ("Nová Ы 😀", "Nová Ы 😀"),
        ("<b>\"a\" & 'b'</b>", "&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;"),
        ("&amp;", "&amp;amp;"), ("e\u{301}<\u{301}", "e\u{301}&lt;\u{301}"),
    ])
    func `a text is shown in HTML as it is`(text: String, html: String) {
        #expect(text.escapedForHTML == html)
    }
}
