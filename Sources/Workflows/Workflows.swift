// Workflows: the verbs, one file each, in a folder for each subject; `ls Sources/Workflows/*` is
// the feature list. It may import Pledging (rules), Store (statements) and Mail (messages). Never
// here: SQL text, HTTP, a vendor, a clock of its own.
// A file at the top of a subject is a verb; what only serves the subject lies in its Parts/.
// Subjects share through Frame/ (context, change, problems), Asking/ (what a request needs and
// what is shown of an entity) and Moves/ (changes of state that several subjects make).
