// Payments: reach. All code about payment processors: the protocol, their table (ProcessorTable),
// what those that speak HTTP share (HTTP/), and a folder for each processor; a vendor's name
// appears only in its folder. May import Pledging and OpenSSL, and in HTTP/ an HTTP client. Knows
// no book, no schedule and no rule about when to charge.
