// Workflows: the verbs, one file each, in a folder for each subject; `ls Sources/Workflows/*` is
// the feature list. It may import Pledging, Store, Mail, Payments, Webhooks and MainstayWebhooks.
// It contains no SQL, no HTTP, no vendor's name and no clock. A file at the top of a subject's
// folder is a verb; what only serves that subject is in its Parts/. Subjects share code through
// Frame/ (context, change, problems), Asking/ (what a request needs, and how entities are shown)
// and Moves/ (changes of state that several subjects make).
