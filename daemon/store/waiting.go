package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"headsup/daemon/ledger"
)

// waiting is what is approved or scheduled, as it was at one revision. The planner asks
// for all of it every few seconds and mostly nothing has changed; then this costs one
// look at the trail, and otherwise the rows that the trail names since.
type waiting struct {
	mu   sync.Mutex
	rev  int64
	full bool // loaded once
	byID map[ledger.ID]ledger.Message
	ids  []ledger.ID // sorted
}

// ToPlan returns everything that is approved or scheduled, by id.
func (s *Store) ToPlan(ctx context.Context) ([]ledger.Message, error) {
	w := &s.waiting
	w.mu.Lock()
	defer w.mu.Unlock()
	rev, err := s.Revision(ctx)
	if err != nil {
		return nil, err
	}
	switch {
	case !w.full:
		err = w.load(ctx, s)
	case rev != w.rev:
		err = w.refresh(ctx, s, rev)
	}
	if err != nil {
		w.full = false
		return nil, err
	}
	w.rev = rev
	out := make([]ledger.Message, len(w.ids))
	for i, id := range w.ids {
		out[i] = w.byID[id]
	}
	return out, nil
}

func waits(m ledger.Message) bool { return m.State == ledger.Approved || m.State == ledger.Scheduled }

func (w *waiting) load(ctx context.Context, s *Store) error {
	list, err := s.messages(ctx, `state IN ('approved','scheduled') ORDER BY id`)
	if err != nil {
		return err
	}
	w.byID, w.ids, w.full = make(map[ledger.ID]ledger.Message, len(list)), w.ids[:0], true
	for _, m := range list {
		w.byID[m.ID] = m
		w.ids = append(w.ids, m.ID)
	}
	return nil
}

// refresh reads again what the trail names since the last time: no message changes
// without a line in it.
func (w *waiting) refresh(ctx context.Context, s *Store, rev int64) error {
	list, err := s.messages(ctx, `id IN (SELECT message FROM trail WHERE seq > ? AND seq <= ?)`, w.rev, rev)
	if err != nil {
		return fmt.Errorf("read what changed: %w", err)
	}
	for _, m := range list {
		i, had := slices.BinarySearch(w.ids, m.ID)
		switch {
		case waits(m):
			w.byID[m.ID] = m
			if !had {
				w.ids = slices.Insert(w.ids, i, m.ID)
			}
		case had:
			delete(w.byID, m.ID)
			w.ids = slices.Delete(w.ids, i, i+1)
		}
	}
	return nil
}
