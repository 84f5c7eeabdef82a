package gmailbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"headsup/mail"

	"google.golang.org/api/gmail/v1"
)

// place is a cursor: the history that a folder was read up to, and during a first scan
// the last message that was taken.
type place struct {
	history uint64
	last    string
}

func (p place) cursor() mail.Cursor {
	if p.history == 0 {
		return ""
	}
	c := "gmail." + strconv.FormatUint(p.history, 10)
	if p.last != "" {
		c += "." + p.last
	}
	return mail.Cursor(c)
}

// parse reads a cursor; what is not one of ours is the beginning.
func parse(c mail.Cursor) place {
	parts := strings.Split(string(c), ".")
	if len(parts) < 2 || len(parts) > 3 || parts[0] != "gmail" {
		return place{}
	}
	n, err := strconv.ParseUint(parts[1], 10, 64)
	if err != nil || n == 0 {
		return place{}
	}
	p := place{history: n}
	if len(parts) == 3 {
		if p.last = parts[2]; !id.MatchString(p.last) {
			return place{}
		}
	}
	return p
}

// Since implements [mail.Mailbox].
func (b *Box) Since(ctx context.Context, f mail.Folder, c mail.Cursor, fn func(mail.Header) error) (mail.Cursor, error) {
	p := parse(c)
	err := b.call(ctx, "read "+string(f), func(ctx context.Context) error {
		r, err := b.rule(ctx, f)
		if err != nil {
			return err
		}
		if p.history != 0 && p.last == "" {
			err := b.changes(ctx, f, r, &p, fn)
			if !gone(err) {
				return err
			}
			p = place{} // the history no longer reaches back
		}
		return b.scan(ctx, f, r, &p, fn)
	})
	return p.cursor(), err
}

// End is the cursor behind everything that is there now. It reads no message.
func (b *Box) End(ctx context.Context, f mail.Folder) (mail.Cursor, error) {
	var p place
	err := b.call(ctx, "find the end of "+string(f), func(ctx context.Context) error {
		profile, err := b.api.Users.GetProfile(me).Context(ctx).Do()
		if err == nil {
			p.history = profile.HistoryId
		}
		return err
	})
	return p.cursor(), err
}

// scan reads a folder from its beginning, or goes on where a scan stopped. What comes in
// meanwhile is in the history behind the number that was noted first.
func (b *Box) scan(ctx context.Context, f mail.Folder, r rule, p *place, fn func(mail.Header) error) error {
	if p.history == 0 {
		profile, err := b.api.Users.GetProfile(me).Context(ctx).Do()
		if err != nil {
			return err
		}
		p.history = profile.HistoryId
	}
	query := ""
	if !b.o.After.IsZero() {
		query = "after:" + strconv.FormatInt(b.o.After.Unix(), 10)
	}
	ids, err := b.ids(ctx, r, query)
	if err != nil {
		return err
	}
	if i := slices.Index(ids, p.last); p.last != "" && i >= 0 {
		ids = ids[i+1:]
	}
	err = b.headers(ctx, f, r, ids, func(h mail.Header) error {
		if err := fn(h); err != nil {
			return err
		}
		p.last = h.Ref.UID
		return nil
	})
	if err == nil {
		p.last = ""
	}
	return err
}

// changes follows the history. A message came into the folder if it was added, got the
// label of the folder, or lost one that kept it out.
func (b *Box) changes(ctx context.Context, f mail.Folder, r rule, p *place, fn func(mail.Header) error) error {
	newest := p.history
	var came []string
	done := map[string]uint64{} // message: the record that brought it
	note := func(record uint64, m *gmail.Message) {
		if m == nil {
			return
		}
		if _, ok := done[m.Id]; !ok {
			came = append(came, m.Id)
		}
		done[m.Id] = record
	}
	err := b.api.Users.History.List(me).StartHistoryId(p.history).MaxResults(500).
		HistoryTypes("messageAdded", "labelAdded", "labelRemoved").Context(ctx).Pages(ctx, func(page *gmail.ListHistoryResponse) error {
		newest = max(newest, page.HistoryId)
		for _, record := range page.History {
			for _, a := range record.MessagesAdded {
				note(record.Id, a.Message)
			}
			for _, a := range record.LabelsAdded {
				if slices.Contains(a.LabelIds, r.has) {
					note(record.Id, a.Message)
				}
			}
			for _, a := range record.LabelsRemoved {
				if slices.ContainsFunc(a.LabelIds, func(l string) bool { return slices.Contains(r.not, l) }) {
					note(record.Id, a.Message)
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	var stopped error
	err = b.headers(ctx, f, r, came, func(h mail.Header) error {
		if stopped = fn(h); stopped != nil {
			return stopped
		}
		// What came before in the history is taken; the same record may bring more.
		p.history = max(p.history, done[h.Ref.UID]-1)
		return nil
	})
	if err == nil {
		p.history = newest
	}
	return err
}

// Watch implements [mail.Mailbox]: it returns when the history has grown since it last
// returned. The first call returns at once, so that nothing before it is missed.
func (b *Box) Watch(ctx context.Context, _ ...mail.Folder) error {
	return b.call(ctx, "watch", func(ctx context.Context) error {
		tick := time.NewTicker(b.o.Poll)
		defer tick.Stop()
		for {
			profile, err := b.api.Users.GetProfile(me).Context(ctx).Do()
			if err != nil {
				return errors.Join(context.Cause(ctx), err)
			}
			b.mu.Lock()
			changed := b.seen != profile.HistoryId
			b.seen = profile.HistoryId
			b.mu.Unlock()
			if changed {
				return nil
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return fmt.Errorf("stopped: %w", context.Cause(ctx))
			}
		}
	})
}
