// The rules of giving, as values: money, dates, ids, addresses, entities, state machines, and
// their wording for people (Locale).
//
// May import: of ours Embedded alone, whose tables and texts are constants; and Foundation only for
// what the standard library lacks: IDNA and normalisation (EmailAddress), the rules of time zones
// (BillingCalendar).
//
// Values/ also holds what every reach and every door must write and read alike: the dates of HTTP
// and mail headers, HTML's escapes, how often one may call.
//
// Must never be here: I/O, a clock, randomness, SQL, a network, or the name of a payment processor.
// Time, ids and randomness come in as parameters, so that every rule can be tested as a table.
