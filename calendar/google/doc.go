// Package google reads a manager's Google calendar through the Calendar API, with the
// read-only scope.
//
// Google expands recurrences itself (singleEvents). The first look lists a stretch of
// time around the window, page by page; later ones send the sync token and get only what
// changed. The token comes with the last page and is stored with it: a listing that
// breaks off leaves everything as it was. 410 means that the token has expired, and a new
// full listing is made aside before it takes the place of the old one.
//
// A calendar that is shared as free/busy only is asked for that. Quota errors wait with
// jitter and are then an error like any other; the caller keeps what it knew.
package google
