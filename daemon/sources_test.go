package daemon

import (
	"fmt"
	"testing"

	"headsup/calendar/caldav"
	"headsup/calendar/google"
	"headsup/calendar/graph"
	"headsup/calendar/ics"
	"headsup/daemon/config"
	"headsup/mail"
)

// TestOpenCalendar: what the configuration says of a calendar reaches its source.
func TestOpenCalendar(t *testing.T) {
	dana, err := mail.ParseAddress("dana@example.com")
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{Google: config.OAuth{ClientID: "g"}, Microsoft: config.OAuth{ClientID: "m", Tenant: "common"}}
	for _, c := range []struct {
		cal  config.Calendar
		want string
	}{
		{config.Calendar{Kind: config.CalendarFile, Path: "/srv/dana.ics", Owner: []mail.Address{dana}}, "file /srv/dana.ics [dana@example.com]"},
		{config.Calendar{Kind: config.CalendarURL, URL: "https://example.com/d.ics"}, "url https://example.com/d.ics"},
		{config.Calendar{Kind: config.CalendarCalDAV, URL: "https://example.com/", ID: "Office", FreeBusy: true, Username: "sam"}, "caldav https://example.com/ Office busy true, login true"},
		{config.Calendar{Kind: config.CalendarCalDAV, URL: "https://example.com/"}, "caldav https://example.com/  busy false, login false"},
		{config.Calendar{Kind: config.CalendarGoogle, ID: "dana@example.com", FreeBusy: true}, "google dana@example.com busy true"},
		{config.Calendar{Kind: config.CalendarGraph, ID: "dana@example.com", FreeBusy: true}, "graph dana@example.com busy true"},
	} {
		src, err := OpenCalendar(t.Context(), Options{Config: cfg, Paths: config.Paths{Tokens: t.TempDir()}}, c.cal)
		if err != nil {
			t.Errorf("%s: %v", c.cal.Kind, err)
			continue
		}
		got := ""
		switch s := src.(type) {
		case *ics.File:
			got = fmt.Sprintf("file %s %v", s.Path, s.Owner.Addresses)
		case *ics.URL:
			got = "url " + s.Address
		case *caldav.Source:
			got = fmt.Sprintf("caldav %s %s busy %t, login %t", s.Address, s.Name, s.FreeBusy, s.Auth != nil)
		case *google.Source:
			got = fmt.Sprintf("google %s busy %t", s.ID, s.FreeBusy)
		case *graph.Source:
			got = fmt.Sprintf("graph %s busy %t", s.Address, s.FreeBusy)
		}
		if got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
