// Package caldav reads a calendar from a CalDAV server (RFC 4791), as Nextcloud, iCloud,
// Fastmail, Zimbra, Radicale and others are.
//
// The first look finds the calendar (principal, home, collection), lists its objects and
// fetches them. Every later one asks what has changed since (sync-collection, RFC 6578)
// and fetches only that. Servers differ in what they can do, so each step has a plainer
// one behind it: a sync token that is refused, in whatever way, leads to a new listing;
// a server without sync lists ETags each time; one that shows nothing but free and busy
// is asked for that.
//
// Recurrences are never left to the server: of two servers at hand one ignores expand
// and the other misses running weekly events. Whatever changed is put together aside and
// takes the place of what was held only when all of it was read; an answer of which a
// part is missing changes nothing.
package caldav
