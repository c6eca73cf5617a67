// Mail to readers: builds messages (Message), composes their texts from templates (Templates,
// Composing), and hands them to whatever sends them (Transports).
//
// Imports: Pledging for its values and their wording, Embedded and Mustache for templates,
// Foundation for IDNA, folders, threads and the environment, Glibc and Synchronization for files
// and programs.
//
// Not allowed here: SQL, a clock, randomness, making links or Message-IDs (the caller gives both),
// or any decision about who gets which mail. Errors and logs contain no address and no name.
