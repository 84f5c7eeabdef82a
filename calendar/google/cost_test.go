package google

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

// weighing counts the bytes of answers.
type weighing struct {
	next  http.RoundTripper
	bytes int64
}

func (w *weighing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(r)
	if err == nil {
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

// TestOneChange: one changed event costs the same one small answer, however large the
// calendar is.
//
//	go test ./calendar/google -run OneChange -v
func TestOneChange(t *testing.T) {
	var costs []int64
	for _, n := range []int{1_000, 20_000} {
		f, s := newFake(t)
		scale := &weighing{next: s.Client.Transport}
		s.Client.Transport = scale
		for i := range n {
			if i%2500 == 0 {
				f.pages = append(f.pages, nil)
			}
			at := time.Date(2026, 3, 1+i%40, i%24, 0, 0, 0, time.UTC).Format(time.RFC3339)
			f.pages[i/2500] = append(f.pages[i/2500], item(fmt.Sprint("e", i), at, ""))
		}
		began := time.Now()
		if _, err := s.Events(t.Context(), march(), time.UTC); err != nil {
			t.Fatal(err)
		}
		t.Logf("%6d events: the first look takes %3d requests, %9d bytes, %v", n, len(f.requests), scale.bytes, time.Since(began).Round(time.Millisecond))
		best := time.Hour
		for i := range 5 {
			f.requests, scale.bytes = nil, 0
			f.changes = []string{item("e7", fmt.Sprintf("2026-03-04T%02d:00:00Z", 10+i), "")}
			began = time.Now()
			if _, err := s.Events(t.Context(), march(), time.UTC); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(began))
			if len(f.requests) != 1 {
				t.Errorf("one change takes %v", f.requests)
			}
		}
		t.Logf("%6d events: one change takes    %3d requests, %9d bytes, %v", n, len(f.requests), scale.bytes, best.Round(10*time.Microsecond))
		costs = append(costs, scale.bytes)
	}
	if costs[1] > costs[0]+50 {
		t.Errorf("one change among many costs %d bytes, among few %d", costs[1], costs[0])
	}
}
