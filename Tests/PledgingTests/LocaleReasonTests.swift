import Pledging
import Testing

/// Reasons and warnings in the words that readers see.
@Suite struct LocaleReasonTests {
    @Test(arguments: Language.allCases)
    func `readers choose among six reasons to stop`(language: Language) {
        let offered = Cancellation.Reason.allCases.filter { language.text($0) != nil }
        #expect(
            offered == [
                .cannotAfford, .otherCause, .dissatisfied, .privacy, .mistake, .duplicate,
            ])
        #expect(Set(offered.compactMap { language.text($0) }).count == offered.count)
    }

    @Test func `paying twice is one of the reasons`() {
        #expect(Language.english.text(Cancellation.Reason.duplicate) == "I'm paying twice")
        #expect(Language.russian.text(Cancellation.Reason.duplicate) == "Я плачу дважды")
    }

    @Test(arguments: Language.allCases)
    func `every decline has words of its own, and they are none of the bank's`(
        language: Language
    ) {
        let texts = DeclineReason.allCases.map { language.text($0) }
        #expect(Set(texts).count == texts.count)
        for text in texts {
            for word in ["lost", "stolen", "fraud", "security", "украд", "мошенн"] {
                #expect(!text.contains(word), "\(text)")
            }
        }
    }

    @Test func `a warning shows the amount and who gets it`() throws {
        let amount = try Money(parsing: "5.50", Currency("EUR"))
        let english = Language.english.riskWarning(amount, merchant: "Daily")
        #expect(english.contains("(Daily)") && english.contains("(€5.50)"))
        #expect(Language.english.riskWarning(amount, merchant: nil).contains("(ours)"))
        let russian = Language.russian.riskWarning(amount, merchant: "Daily")
        #expect(russian.contains("(Daily)") && russian.contains("(5,50\u{A0}€)"))
        #expect(Language.russian.riskWarning(amount, merchant: nil).contains("(наше)"))
    }
}
