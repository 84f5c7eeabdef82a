package ics

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"headsup/calendar"
)

// File is a calendar in a file. It reads the file again when its size or its time of
// change is another, and parses it again only when its bytes are.
type File struct {
	Path   string
	Owner  Owner
	Limits Limits           // zero: [DefaultLimits]
	Now    func() time.Time // nil: [time.Now]

	mu      sync.Mutex
	size    int64
	changed time.Time
	held    held
}

var _ calendar.Source = (*File)(nil)

// held is a calendar in memory with the hash of the bytes that it came from.
type held struct {
	cal     *Calendar
	version string
}

// version is a short name for the bytes of a calendar.
func version(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// snapshot expands what is held.
func (h held) snapshot(within calendar.Span, loc *time.Location, owner Owner, now time.Time) (calendar.Snapshot, error) {
	events, faults, err := h.cal.expand(within, loc, owner)
	if err != nil {
		return calendar.Snapshot{}, fmt.Errorf("read calendar: %w", err)
	}
	return calendar.Snapshot{
		Range: within, Events: events, Version: h.version, AsOf: now, Faults: faults,
	}, nil
}

// Events implements [calendar.Source]. A file that is being written, and so ends in the
// middle, is an error; the next look finds it whole.
func (f *File) Events(ctx context.Context, within calendar.Span, loc *time.Location) (calendar.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return calendar.Snapshot{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		return calendar.Snapshot{}, err
	}
	return f.held.snapshot(within, loc, f.Owner, now(f.Now))
}

func now(f func() time.Time) time.Time {
	if f == nil {
		return time.Now()
	}
	return f()
}

func (f *File) refresh() error {
	info, err := os.Stat(f.Path)
	if err != nil {
		return fmt.Errorf("read calendar: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("read calendar %s: it is not a regular file", f.Path)
	}
	if f.held.cal != nil && info.Size() == f.size && info.ModTime().Equal(f.changed) {
		return nil
	}
	text, err := f.load(info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", f.Path, err)
	}
	if v := version(text); f.held.cal == nil || v != f.held.version {
		cal, err := Parse(text, orDefault(f.Limits))
		if err != nil {
			return fmt.Errorf("%s: %w", f.Path, err)
		}
		f.held = held{cal, v}
	}
	f.size, f.changed = info.Size(), info.ModTime()
	return nil
}

func (f *File) load(size int64) (string, error) {
	lim := orDefault(f.Limits)
	if size > lim.Bytes {
		return "", tooLarge(lim)
	}
	file, err := os.Open(f.Path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var b strings.Builder
	b.Grow(int(size))
	if _, err := io.Copy(&b, io.LimitReader(file, lim.Bytes+1)); err != nil {
		return "", err
	}
	if int64(b.Len()) > lim.Bytes {
		return "", tooLarge(lim)
	}
	return b.String(), nil
}

func orDefault(lim Limits) Limits {
	if lim == (Limits{}) {
		return DefaultLimits()
	}
	return lim
}
