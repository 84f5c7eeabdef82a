// Package ics reads iCalendar (RFC 5545) as Google, Outlook and Exchange, Apple, Zimbra,
// Lotus, Nextcloud and others write it, and lists the instances that start or run
// within a window.
//
// The story of a file: [Read] holds its bytes to the [Limits] before anything is
// interpreted, since a parser that meets a bomb first is dead first; cuts it into
// content lines; and keeps of each component the few properties that matter here.
// [Calendar.Events] then resolves time zones, expands recurrences (package recur),
// lays overrides over their instances and returns plain [calendar.Event] values.
//
// A file that is cut off, too large or no calendar is an error, and nothing of it is
// used. One event that cannot be read is another matter: it is busy time that says
// so, and the rest of the file lives. Errors and faults carry the line.
//
// [File] and [URL] are the sources built on this.
package ics
