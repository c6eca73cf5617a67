// Workflows: the verbs, one file each; `ls` is the feature list. It may import Pledging (rules),
// Store (statements) and Mail (messages). Never here: SQL text, HTTP, a vendor, a clock of its own.
// What a reader of several verbs shares stands in Shared/.
