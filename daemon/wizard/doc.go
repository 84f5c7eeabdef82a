// Package wizard makes a first configuration by asking a person: who they are, whose
// attention they look after, where the mail is. It finds the servers of an address
// ([Discover]), tries everything in the way in which the service would use it ([Trial]),
// and puts nothing on disk before the last answer is given ([Plan]).
//
// A password goes only to servers that the person has said yes to: answers of the DNS can
// be forged. It is kept in memory until the end and then, where it was typed, in a file
// that only its owner can read.
//
// The wizard knows no terminal: a [Person] answers, and a test plays one.
package wizard
