// Package zone knows the time zones that calendars name: by the names of the tz database in
// any case, by those of Windows, by what Outlook shows to people, and by rules of their
// own. A [Clock] turns the wall times of one zone into instants, many at a time.
//
// Names come from strangers: nothing that is not letters, digits and _+-/ is ever looked
// up, and a [Database] answers only so many questions.
package zone
