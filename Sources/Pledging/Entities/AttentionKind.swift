extension Attention {
    package enum Kind: String, CaseIterable, Sendable {
        /// Subject: the processor.
        case booksDiffer
        /// Subject: the processor.
        case brakeClosed
        /// Subject: the currency.
        case ceilingReached
        /// Subject: the charge.
        case chargeImpossible
        /// Subject: the charge.
        case disputeOpened
        /// Subject: the webhook endpoint.
        case endpointDisabled
        /// Subject: the charge, or the extra payment.
        case excessReturn
        /// Subject: the extra payment.
        case extraPayment
        /// Subject: `book`.
        case heldCopy
        /// Subject: the job.
        case jobFailing
        /// Subject: the processor.
        case keyRefused
        /// Subject: `mail`.
        case mailRefused
        /// Subject: the processor's message.
        case messageUnreadable
        /// Subject: the processor.
        case messagesNotRead
        /// Subject: the charge.
        case paymentAfterEnd
        /// Subject: the payout's id at the processor.
        case payoutDiffers
        /// Subject: the payout's id at the processor.
        case payoutFailed
        /// Subject: the charge.
        case periodSkipped
        /// Subject: the processor.
        case processorNotSetUp
        /// Subject: `book`.
        case riskUnreviewed
        /// Subject: the pledge, the charge or the processor's message.
        case rowFailing
        /// Subject: the pledge that this book lacks.
        case unknownPayment
    }
}

extension Attention.Kind {
    /// Whether CheckAttention finds it by looking at the book. It is then open for as long as its
    /// cause lasts, and a person cannot resolve it otherwise than by removing the cause.
    package var isChecked: Bool {
        switch self {
        case .brakeClosed, .heldCopy, .jobFailing, .riskUnreviewed: true
        case .booksDiffer, .ceilingReached, .chargeImpossible, .disputeOpened, .excessReturn,
            .extraPayment, .endpointDisabled, .keyRefused, .mailRefused, .messageUnreadable,
            .messagesNotRead, .paymentAfterEnd, .payoutDiffers, .payoutFailed, .periodSkipped,
            .rowFailing,
            .processorNotSetUp, .unknownPayment:
            false
        }
    }

    /// What happened, as a sentence for the newsroom's operator.
    package var what: String {
        switch self {
        case .booksDiffer: "the book and the processor's records differ"
        case .brakeClosed:
            "most charges were declined, so nothing more is charged through the processor"
        case .ceilingReached: "the day's ceiling is reached, and further charges are held"
        case .chargeImpossible: "the processor cannot collect this charge's amount"
        case .disputeOpened: "a reader's bank demands a payment back"
        case .endpointDisabled: "a webhook endpoint was disabled because its receiver failed"
        case .excessReturn: "more went back of a charge than was taken"
        case .extraPayment: "one period was paid twice"
        case .heldCopy: "this book is a restored or copied one, and no job runs on it"
        case .jobFailing: "a job has failed for an hour"
        case .keyRefused: "the processor refuses this account's requests"
        case .mailRefused: "no mail leaves: the mail program refuses this newsroom's mail"
        case .messageUnreadable: "a message of the processor could not be read"
        case .messagesNotRead:
            "the processor's payments or messages could not be read, so nothing is charged there"
        case .paymentAfterEnd: "a payment came after its pledge had ended"
        case .payoutDiffers: "a payout is not the sum of what it was made of"
        case .payoutFailed: "the newsroom's bank did not take a payout"
        case .periodSkipped: "a period was skipped, and nothing is collected for it"
        case .processorNotSetUp:
            "charges wait for a processor that is not set up in the process that runs billing"
        case .rowFailing: "one row cannot be written, and was set aside; the others went on"
        case .riskUnreviewed: "money moves, and nobody has reviewed the risk policy"
        case .unknownPayment: "the processor has a payment of a pledge that this book lacks"
        }
    }

    /// The command that mends it, or shows what is to be decided. `id` is the attention's.
    func cure(_ subject: String, _ id: ID<Attention>) -> String {
        switch self {
        case .booksDiffer: "mainstay reconcile --processor \(subject) lists the differences"
        case .brakeClosed:
            "mainstay charge list --state declined; once the cause is found, mainstay billing "
                + "resume --processor \(subject)"
        case .ceilingReached:
            "if the sum is right, raise billing.daily_max, then mainstay run billing"
        case .chargeImpossible:
            "mainstay charge show \(subject); lower or cancel its pledge: only its reader can "
                + "raise the amount"
        case .disputeOpened:
            "mainstay charge show \(subject); answer the bank at the processor before its deadline"
        case .endpointDisabled:
            "mainstay webhook endpoint enable \(subject); then mainstay webhook replay "
                + "--endpoint \(subject) --failed --since …"
        case .extraPayment:
            "to send it back: mainstay charge refund \(subject); to keep it: mainstay attention "
                + "resolve \(id)"
        case .excessReturn:
            "mainstay charge show \(subject); settle it with the processor, then mainstay "
                + "attention resolve \(id)"
        case .heldCopy: "if it is to be the present book: mainstay release"
        case .jobFailing: "mainstay status; the log says more"
        case .keyRefused: "see to the account and key of \(subject), then mainstay run billing"
        case .mailRefused: "see to mail.from and the mail program, then mainstay run mail"
        case .messageUnreadable:
            "mainstay reconcile --processor … finds what it told of; then mainstay attention "
                + "resolve \(id)"
        case .messagesNotRead:
            "give the key of \(subject) the right to read payments and events, then mainstay run "
                + "reconcile"
        case .paymentAfterEnd:
            "to send it back: mainstay charge refund \(subject); to keep it: mainstay attention "
                + "resolve \(id)"
        case .payoutDiffers:
            "mainstay report payouts; look \(subject) up at the processor; then mainstay attention "
                + "resolve \(id)"
        case .payoutFailed:
            "see to the bank account that the processor pays out to; then mainstay attention "
                + "resolve \(id)"
        case .periodSkipped:
            "mainstay charge show \(subject); then mainstay attention resolve \(id)"
        case .processorNotSetUp:
            "set up \(subject) where billing runs, or mainstay payment-method migrate --from "
                + "\(subject)"
        case .rowFailing:
            "the log says what is wrong with \(subject); mainstay doctor; then mainstay attention "
                + "resolve \(id)"
        case .riskUnreviewed: "mainstay risk set '*' allow, or a policy for each country"
        case .unknownPayment:
            "look it up at the processor by the pledge's id; refund it there, or register its "
                + "reader again"
        }
    }
}
