// The rules of giving, as values: money, dates, ids, addresses, entities, state machines, and their
// wording for people (Locale).
//
// Imports: of our targets only Embedded, whose tables and texts are constants. Foundation only for
// what the standard library lacks: IDNA and normalisation (EmailAddress), the rules of time zones
// (BillingCalendar).
//
// Values/ also holds what several targets must write and read alike: the dates of HTTP and mail
// headers, HTML's escapes, rate limits.
//
// Not allowed here: I/O, a clock, randomness, SQL, a network, or the name of a payment processor.
// Time, ids and randomness come in as parameters, so that every rule can be tested as a table.
