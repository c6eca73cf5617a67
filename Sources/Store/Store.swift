// Store: all SQL, one named function per statement, over a small driver protocol; and Sealing, the
// key ring and every key derived from it. It imports Pledging, Embedded (the SQL of migrations) and
// OpenSSL. Never here: a vendor's database library, a network, a rule of the domain (those are
// Pledging's).
