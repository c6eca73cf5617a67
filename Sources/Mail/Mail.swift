// Mail to readers: building a message (Message), its words from templates (Templates, Composing),
// and handing it to whatever sends it (Transports).
//
// May import: Pledging for its values and their wording, Embedded and Mustache for templates,
// Foundation for IDNA, folders, threads and the environment, Glibc and Synchronization for files
// and programs.
//
// Must never be here: SQL, a clock, randomness, the making of links or Message-IDs (both are handed
// in), or any decision on who gets which mail. No address and no name enters an error or a log.
