package ics

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"headsup/calendar"
)

// row is one instance as "headsup calendar show" prints it.
type row struct {
	UID          string `json:"uid"`
	RecurrenceID string `json:"recurrence_id"`
	Start        string `json:"start"`
	End          string `json:"end"`
	Zone         string `json:"zone"`
	AllDay       bool   `json:"all_day"`
	State        string `json:"state"`
	Title        string `json:"title"`
}

// WriteRows writes one line of JSON an instance: start and end in the event's own zone
// (RFC 3339), of an all-day event as dates, the end being the day after the last.
func WriteRows(w io.Writer, events []calendar.Event) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range events {
		ev := &events[i]
		layout := time.RFC3339
		if ev.AllDay {
			layout = time.DateOnly
		}
		err := enc.Encode(row{
			UID: ev.UID, RecurrenceID: ev.RecurrenceID,
			Start: ev.Start.Format(layout), End: ev.End.Format(layout),
			Zone: ev.Zone, AllDay: ev.AllDay, State: State(*ev), Title: ev.Title,
		})
		if err != nil {
			return fmt.Errorf("write instances: %w", err)
		}
	}
	return nil
}

// State is one word for how an instance stands: unreadable, cancelled, declined,
// hours (available time), else how it blocks time: busy, tentative, free, away or
// elsewhere.
func State(ev calendar.Event) string {
	switch {
	case ev.Unreadable != "":
		return "unreadable"
	case ev.Status == calendar.Cancelled:
		return string(calendar.Cancelled)
	case ev.Part == calendar.PartDeclined:
		return string(calendar.PartDeclined)
	case ev.Type == calendar.TypeHours:
		return string(calendar.TypeHours)
	}
	return string(ev.Show)
}
