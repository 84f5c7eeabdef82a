package caldav

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"headsup/calendar"
	"headsup/calendar/ics"
)

// changing is a server that knows what changed since each of its tokens.
type changing struct {
	*fake
	objects map[string]string
	told    []map[string]string
}

func newChanging() *changing {
	c := &changing{fake: &fake{}, objects: map[string]string{}}
	c.answer = c.answered
	return c
}

func etagOf(text string) string { return fmt.Sprintf("%x", digestOf(text)[0]) }

func (c *changing) answered(w http.ResponseWriter, kind, body string) bool {
	var b strings.Builder
	switch kind {
	case "sync-collection":
		var before map[string]string
		for i := range c.told {
			if strings.Contains(body, fmt.Sprintf("<sync-token>t%d</sync-token>", i)) {
				before = c.told[i]
			}
		}
		for name, text := range c.objects {
			if before[name] != text {
				b.WriteString(listed(name, etagOf(text)))
			}
		}
		for name := range before {
			if _, ok := c.objects[name]; !ok {
				b.WriteString(`<response><href>/cal/` + name + `</href><status>HTTP/1.1 404 Not Found</status></response>`)
			}
		}
		c.told = append(c.told, maps.Clone(c.objects))
		multi(w, b.String()+fmt.Sprintf(`<sync-token>t%d</sync-token>`, len(c.told)-1))
	case "calendar-multiget":
		for name, text := range c.objects {
			if strings.Contains(body, "/cal/"+name+"<") {
				fmt.Fprintf(&b, `<response><href>/cal/%s</href><propstat><prop><getetag>%s</getetag><C:calendar-data>%s</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>`, name, etagOf(text), escaped(text))
			}
		}
		multi(w, b.String())
	default:
		return false
	}
	return true
}

// odd draws an object: mostly an event of its own, now and then one that shares its UID,
// has no UID, is no event, or cannot be read.
func odd(r *rand.Rand, name string) string {
	day, hour := 1+r.IntN(9), r.IntN(24)
	at := time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC).Format("20060102T150405Z")
	lines := "DTSTART:" + at + "\nDURATION:PT" + fmt.Sprint(1+r.IntN(30)) + "H"
	uid := name
	switch r.IntN(60) {
	case 0:
		uid = "shared"
	case 1:
		uid = ""
	case 2:
		return strings.ReplaceAll("BEGIN:VCALENDAR\nBEGIN:VFREEBUSY\nUID:"+name+"\nFREEBUSY:"+at+"/PT1H\nEND:VFREEBUSY\nEND:VCALENDAR\n", "\n", "\r\n")
	case 3:
		lines = "DTSTART:someday"
	case 4:
		lines += "\nRRULE:FREQ=OFTEN"
	case 5, 6:
		lines += "\nRRULE:FREQ=DAILY;COUNT=" + fmt.Sprint(1+r.IntN(5))
	case 7:
		lines += "\nSEQUENCE:" + fmt.Sprint(r.IntN(3))
		uid = "shared"
	}
	return object1(uid, lines)
}

// TestPatchedIsFresh: after any changes, the answer that was kept up to date is that of a
// source that reads everything for the first time.
func TestPatchedIsFresh(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 26))
	c := newChanging()
	src := pair(t, c.fake)
	patched := 0
	for step := range 400 {
		names := slices.Sorted(maps.Keys(c.objects))
		for range 1 + r.IntN(3) {
			name := fmt.Sprint("o", r.IntN(12))
			if len(names) > 0 && r.IntN(3) == 0 {
				delete(c.objects, names[r.IntN(len(names))])
			} else {
				c.objects[name] = odd(r, name)
			}
		}
		within := march()
		if r.IntN(20) == 0 {
			within.Start = within.Start.AddDate(0, 0, 1)
		}
		kept := src.state.view
		got, err := src.Events(t.Context(), within, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if kept != nil && kept == src.state.view {
			patched++
		}
		fresh, err := (&Source{Address: src.Address, Client: src.Client}).Events(t.Context(), within, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if got.Version != fresh.Version || !reflect.DeepEqual(plainly(got), plainly(fresh)) || !slices.Equal(got.Faults, fresh.Faults) {
			t.Fatalf("step %d:\nkept  %v %v\nfresh %v %v", step, plainly(got), got.Faults, plainly(fresh), fresh.Faults)
		}
	}
	if patched < 40 {
		t.Errorf("only %d of 400 looks were patched: this test shows little", patched)
	}
}

// TestGrownTooLarge: a calendar that grows a little with each look has the same bounds as
// one that comes at once, and what was known of it stays.
func TestGrownTooLarge(t *testing.T) {
	for name, row := range map[string]struct {
		fit int
		lim func(*ics.Limits)
	}{
		"events": {3, func(l *ics.Limits) { l.Entries = 3 }},
		"bytes":  {longer, func(l *ics.Limits) { l.Bytes = int64(len(odd1("o0"))) }},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChanging()
			src := pair(t, c.fake)
			src.Limits = ics.DefaultLimits()
			row.lim(&src.Limits)
			for i := range row.fit + 2 {
				o := fmt.Sprint("o", i)
				c.objects[o] = odd1(o)
				got, err := src.Events(t.Context(), march(), time.UTC)
				if i < row.fit && (err != nil || len(got.Events) != i+1) {
					t.Fatalf("%d events: %d, %v", i+1, len(got.Events), err)
				}
				if i >= row.fit && (err == nil || len(src.state.items) != row.fit) {
					t.Errorf("%d events: %d are held, %v", i+1, len(src.state.items), err)
				}
			}
			delete(c.objects, fmt.Sprint("o", row.fit))
			delete(c.objects, fmt.Sprint("o", row.fit+1))
			if got, err := src.Events(t.Context(), march(), time.UTC); err != nil || len(got.Events) != row.fit {
				t.Errorf("after it shrank: %d, %v", len(got.Events), err)
			}
		})
	}
}

func odd1(name string) string { return object1(name, "DTSTART:20260303T090000Z\nDURATION:PT1H") }

// plainly is what the events say, without an order among those that start together.
func plainly(s calendar.Snapshot) []string {
	var out []string
	for _, ev := range s.Events {
		out = append(out, fmt.Sprintf("%s %s %s %s %s %v", ev.Start.UTC().Format("02T15"), ev.UID, ev.End.UTC().Format("02T15"), ev.RecurrenceID, ev.Show, ev.Recurring))
	}
	return out
}
