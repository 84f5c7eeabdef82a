// Package gmailbox is a mailbox and a submission server by way of the Gmail API, for
// those who do not want to or may not use IMAP and an app password.
//
// Gmail has no folders but labels, and one message can have several. A folder here is a
// rule about labels: Drafts is what has DRAFT and is not queued, the queue is what has
// the label Headsup, and nothing in the bin is anywhere. So moving a draft into the
// queue adds a label and the message stays what it is; only a move into or out of Sent
// and Drafts, labels that nobody but Gmail may set, makes a new message of the old bytes
// and puts the old one into the bin.
//
// Incremental reading follows Gmail's history; where that no longer reaches back, the
// folder is read from its beginning. There is no push without a public server, so
// [Box.Watch] asks for the newest number of the history.
//
// Sending ([Submitter]) has no last byte that could be held back: the gate comes before
// the request, and anything but a clear no is uncertain. The library must not repeat a
// request and must not follow a redirection; [newHTTP] sees to both.
package gmailbox
