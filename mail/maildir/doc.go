// Package maildir is a mailbox in local files: Maildir++ as mutt, aerc, mbsync and Dovecot
// read and write it. It is what headsup uses when no server is configured, and what
// the demo runs on.
//
// A message is one file. It is written in tmp, synced, and renamed into new or cur,
// so that nobody ever sees half of it; its flags stand in its name after ":2,", so
// that a change of flags is a rename too. What stays the same is the part of the
// name before that, and this is the UID of a [mail.Ref].
//
// Names say nothing about the order in which messages came into a folder (a message
// that is moved keeps its date), so each folder has a file headsup-uids that numbers
// them. It can be deleted: then the folder gets another validity, and everything in
// it is looked at once more.
package maildir
