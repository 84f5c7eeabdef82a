package caldav

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"headsup/calendar/ics/guard"
)

// weighing counts the bytes of answers.
type weighing struct {
	next  http.RoundTripper
	bytes int64
	asked int
}

func (w *weighing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err == nil {
		w.asked++
		resp.Body = weighed{resp.Body, &w.bytes}
	}
	return resp, err
}

type weighed struct {
	io.ReadCloser
	n *int64
}

func (w weighed) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	*w.n += int64(n)
	return n, err
}

// crowded serves n events, a few of them in each week, and after the first listing one
// change at a time.
func crowded(n int) *fake {
	f := &fake{}
	object := func(i, hour int) string {
		at := time.Date(2025, 1, 1+i%730, hour, 15*(i%4), 0, 0, time.UTC)
		text := object1(fmt.Sprint("e", i), "SUMMARY:Meeting about the plan\nATTENDEE:mailto:dana@example.com\nDTSTART:"+at.Format("20060102T150405Z")+"\nDURATION:PT30M")
		return fmt.Sprintf(`<response><href>/cal/e%d</href><propstat><prop><getetag>"%d-%d"</getetag><C:calendar-data>%s</C:calendar-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>`, i, i, hour, text)
	}
	token, hour := 0, 9
	f.answer = func(w http.ResponseWriter, kind, body string) bool {
		switch kind {
		case "sync-collection":
			var b strings.Builder
			if token == 0 {
				for i := range n {
					b.WriteString(listed(fmt.Sprint("e", i), fmt.Sprintf("&quot;%d-9&quot;", i)))
				}
			} else {
				hour = 10 + token%8
				b.WriteString(listed("e7", fmt.Sprintf("&quot;7-%d&quot;", hour)))
			}
			token++
			multi(w, b.String()+fmt.Sprintf(`<sync-token>t%d</sync-token>`, token))
			return true
		case "calendar-multiget":
			var b strings.Builder
			for part := range strings.SplitSeq(body, "<href>/cal/e") {
				i := -1
				if fmt.Sscanf(part, "%d<", &i); i >= 0 {
					b.WriteString(object(i, map[bool]int{true: hour, false: 9}[i == 7]))
				}
			}
			multi(w, b.String())
			return true
		}
		return false
	}
	return f
}

// TestOneChange: one changed event costs the same two small answers, however large the
// calendar is, and its time does not grow as the calendar does.
//
//	go test ./calendar/caldav -run OneChange -v
func TestOneChange(t *testing.T) {
	type cost struct {
		bytes int64
		asked int
		spent time.Duration
	}
	var costs []cost
	for _, n := range []int{1_000, 20_000} {
		src := pair(t, crowded(n))
		client := guard.Client(guard.Options{AllowPrivate: true})
		scale := &weighing{next: client.Transport}
		client.Transport, src.Client = scale, client
		began := time.Now()
		if _, err := src.Events(t.Context(), march(), time.UTC); err != nil {
			t.Fatal(err)
		}
		t.Logf("%6d events: the first look takes %4d requests, %9d bytes, %v", n, scale.asked, scale.bytes, time.Since(began).Round(time.Millisecond))
		best := cost{spent: time.Hour}
		for range 5 {
			scale.asked, scale.bytes = 0, 0
			began = time.Now()
			if _, err := src.Events(t.Context(), march(), time.UTC); err != nil {
				t.Fatal(err)
			}
			best = cost{scale.bytes, scale.asked, min(best.spent, time.Since(began))}
		}
		t.Logf("%6d events: one change takes    %4d requests, %9d bytes, %v", n, best.asked, best.bytes, best.spent.Round(10*time.Microsecond))
		costs = append(costs, best)
	}
	few, many := costs[0], costs[1]
	if many.asked != few.asked || many.bytes > few.bytes+100 {
		t.Errorf("one change among many costs %d requests and %d bytes, among few %d and %d", many.asked, many.bytes, few.asked, few.bytes)
	}
}
