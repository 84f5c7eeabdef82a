package graph

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"headsup/calendar"
)

// Graph can tell what has changed in a calendarView since a token, but not all of it: of an
// instance of a series it gives times and no properties. So the answer to the delta
// question is only a pointer to where something changed; what it is now is listed again for
// that stretch. A calendar that has not changed costs one small request, a changed event
// two, and everything that is used comes from one kind of listing.

// state is what is known of the calendar. It is replaced as a whole.
type state struct {
	items   map[string]item // by Graph's id
	span    calendar.Span   // what was listed
	link    string          // where to ask for changes; "" before the first listing
	noDelta bool            // the server does not tell changes of this calendar
}

// margin is how much more than the window is listed, so that a window that moves on day
// by day does not need a new listing each day.
const (
	marginBefore = 2 * 24 * time.Hour
	marginAfter  = 35 * 24 * time.Hour
)

// refresh gives the listing that holds the window.
func (s *Source) refresh(ctx context.Context, within calendar.Span) (state, error) {
	have := s.state
	if have.link == "" || within.Start.Before(have.span.Start) || within.End.After(have.span.End) {
		return s.full(ctx, within)
	}
	changed, link, err := s.changes(ctx, have.link)
	if refused(err) {
		return s.full(ctx, within) // 410 and the like: the token has expired
	}
	if err != nil {
		return state{}, err
	}
	next := state{items: have.items, span: have.span, link: link}
	if len(changed) == 0 {
		return next, nil
	}
	next.items = maps.Clone(have.items)
	return next, s.relist(ctx, next, changed)
}

// full lists everything anew, aside. The link comes first: what changes between the two
// questions is then told by the next.
func (s *Source) full(ctx context.Context, within calendar.Span) (state, error) {
	next := state{items: map[string]item{}, noDelta: s.state.noDelta, span: within}
	if !next.noDelta {
		next.span = calendar.Span{Start: within.Start.Add(-marginBefore), End: within.End.Add(marginAfter)}
		_, link, err := s.changes(ctx, s.users()+"/calendarView/delta?"+url.Values{
			"startDateTime": {stamp(next.span.Start)}, "endDateTime": {stamp(next.span.End)},
		}.Encode())
		switch {
		case refused(err):
			next.noDelta, next.span = true, within
		case err != nil:
			return state{}, err
		}
		next.link = link
	}
	return next, s.list(ctx, next.span, next.items)
}

// refused reports whether the server will not answer this delta question: the token has
// expired, or there is no delta for this calendar. Everything else is trouble that
// passes, or that the listing would meet as well.
func refused(err error) bool {
	var status *StatusError
	if !errors.As(err, &status) {
		return false
	}
	switch status.Code {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return true
	}
	return false
}

// changed is an entry of a delta answer.
type changed struct {
	item
	Removed *struct{} `json:"@removed"`
}

// changes follows a delta link to its end.
func (s *Source) changes(ctx context.Context, at string) ([]changed, string, error) {
	var out []changed
	const most = 500
	for range most {
		var page struct {
			Value []changed
			Next  string `json:"@odata.nextLink"`
			Delta string `json:"@odata.deltaLink"`
		}
		if err := s.call(ctx, http.MethodGet, at, nil, &page); err != nil {
			return nil, "", err
		}
		if page.Value == nil || page.Next == "" && page.Delta == "" {
			return nil, "", errors.New("the answer holds no list of changes, or does not say where it goes on")
		}
		out = append(out, page.Value...)
		if at = page.Next; at == "" {
			return out, page.Delta, s.own(page.Delta)
		}
		if err := s.own(at); err != nil {
			return nil, "", err
		}
	}
	return nil, "", errors.New("the changes do not come to an end")
}

// own refuses a link to another server: the token is for this one.
func (s *Source) own(link string) error {
	if !strings.HasPrefix(link, s.endpoint()+"/") {
		return errors.New("the next page is on another server")
	}
	return nil
}

// relist lists anew where something changed: the stretches that the changed events take
// now. A change of a whole series may be anywhere.
func (s *Source) relist(ctx context.Context, next state, list []changed) error {
	var stretches []calendar.Span
	for _, c := range list {
		delete(next.items, c.ID) // it is found again at its new time
		switch ev, err := c.busy(); {
		case c.Removed != nil:
		case c.Type == "seriesMaster" || err != nil:
			stretches = append(stretches, next.span)
		default:
			const room = time.Minute // an event of no length is found too
			stretches = append(stretches, calendar.Span{Start: latest(ev.Start.Add(-room), next.span.Start), End: earliest(ev.End.Add(room), next.span.End)})
		}
	}
	for _, st := range joined(stretches) {
		for id, it := range next.items {
			if ev, err := it.busy(); err != nil || ev.Overlaps(st) || st.Contains(ev.Start) {
				delete(next.items, id)
			}
		}
		if err := s.list(ctx, st, next.items); err != nil {
			return err
		}
	}
	return nil
}

// joined makes one of stretches that touch, and one of all if there would be many
// questions.
func joined(list []calendar.Span) []calendar.Span {
	const most = 10
	list = slices.DeleteFunc(list, calendar.Span.Empty)
	slices.SortFunc(list, func(a, b calendar.Span) int { return a.Start.Compare(b.Start) })
	var out []calendar.Span
	for _, s := range list {
		if n := len(out); n > 0 && !s.Start.After(out[n-1].End) {
			out[n-1].End = latest(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	if len(out) > most {
		out = []calendar.Span{{Start: out[0].Start, End: out[len(out)-1].End}}
	}
	return out
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
