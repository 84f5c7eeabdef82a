package control

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/rules"
)

// A query travels in the address, so that it can be typed into curl. Each has a
// function for either direction; a test goes there and back.

func (q QueueQuery) values() url.Values {
	v := url.Values{}
	for _, s := range q.States {
		v.Add("state", string(s))
	}
	put(v, "manager", q.Manager)
	if q.All {
		v.Set("all", "true")
	}
	return v
}

func queueQuery(r *reader) QueueQuery {
	q := QueueQuery{Manager: r.text("manager"), All: r.flag("all")}
	for _, s := range r.values["state"] {
		q.States = append(q.States, ledger.State(s))
	}
	return q
}

func (q TrailQuery) values() url.Values {
	v := url.Values{}
	put(v, "text", q.Text)
	putInt(v, "message", int64(q.Message))
	putTime(v, "since", q.Since)
	putTime(v, "until", q.Until)
	putInt(v, "limit", int64(q.Limit))
	return v
}

func trailQuery(r *reader) TrailQuery {
	return TrailQuery{
		Text: r.text("text"), Message: ledger.ID(r.number("message")),
		Since: r.time("since"), Until: r.time("until"), Limit: int(r.number("limit")),
	}
}

func (q WindowsQuery) values() url.Values {
	v := url.Values{}
	put(v, "manager", q.Manager)
	putInt(v, "days", int64(q.Days))
	put(v, "priority", string(q.Priority))
	return v
}

func windowsQuery(r *reader) WindowsQuery {
	q := WindowsQuery{Manager: r.text("manager"), Days: int(r.number("days"))}
	if p := r.text("priority"); p != "" {
		q.Priority = rules.Priority(p)
		_, err := rules.ParsePriority(p)
		r.fail(err)
	}
	return q
}

func (q TimelineQuery) values() url.Values {
	v := url.Values{}
	put(v, "manager", q.Manager)
	putTime(v, "from", q.From)
	putInt(v, "days", int64(q.Days))
	return v
}

func timelineQuery(r *reader) TimelineQuery {
	return TimelineQuery{Manager: r.text("manager"), From: r.time("from"), Days: int(r.number("days"))}
}

func put(v url.Values, key, s string) {
	if s != "" {
		v.Set(key, s)
	}
}

func putInt(v url.Values, key string, n int64) {
	if n != 0 {
		v.Set(key, strconv.FormatInt(n, 10))
	}
}

func putTime(v url.Values, key string, t time.Time) {
	if !t.IsZero() {
		v.Set(key, t.Format(time.RFC3339Nano))
	}
}

// reader reads a query, keeps the first error and knows which keys were asked for.
type reader struct {
	values url.Values
	asked  map[string]bool
	err    error
}

func newReader(v url.Values) *reader {
	return &reader{values: v, asked: map[string]bool{"state": true}}
}

func (r *reader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = Errorf(BadRequest, "", "read the query: %w", err)
	}
}

func (r *reader) text(key string) string {
	r.asked[key] = true
	return strings.TrimSpace(r.values.Get(key))
}

func (r *reader) flag(key string) bool {
	s := r.text(key)
	if s == "" {
		return false
	}
	b, err := strconv.ParseBool(s)
	r.fail(err)
	return b
}

func (r *reader) number(key string) int64 {
	s := r.text(key)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err == nil && n < 0 {
		err = strconv.ErrRange
	}
	r.fail(err)
	return n
}

func (r *reader) time(key string) time.Time {
	s := r.text(key)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	r.fail(err)
	return t
}

func (r *reader) address(key string) mail.Address {
	a, err := mail.ParseAddress(r.text(key))
	r.fail(err)
	return a
}

// done says what was wrong, keys that nobody asked for among it.
func (r *reader) done() error {
	for key := range r.values {
		if !r.asked[key] {
			return Errorf(BadRequest, "", "read the query: unknown key %q", key)
		}
	}
	return r.err
}
