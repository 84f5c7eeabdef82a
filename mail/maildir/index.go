package maildir

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// indexName is the file that numbers the messages of a folder: a line with a version,
// the validity and nothing else, then one line for each message that came ("+number
// name") or went ("-name").
const indexName = "headsup-uids"

// index is what the file says.
type index struct {
	validity string
	next     uint64            // number of the next message
	seq      map[string]uint64 // base name to number
	lines    int               // in the file, to know when to write it anew
}

// refresh brings the index up to the files that are there and returns them in the order
// in which they came. New numbers are on disk when it returns, so that a cursor that
// was given out never points behind what a crash took away.
func (b *Box) refresh(dir string) (*index, []entry, error) {
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, nil, err
	}
	defer unlock()
	ix, err := b.loadIndex(dir)
	if err != nil {
		return nil, nil, err
	}
	found, err := b.scan(dir, ix)
	if err != nil {
		return nil, nil, err
	}
	var log strings.Builder
	gone := goneFrom(ix, found)
	for _, base := range gone {
		delete(ix.seq, base)
		fmt.Fprintf(&log, "-%s\n", base)
	}
	for _, i := range b.newcomers(dir, ix, found) {
		base := found[i].base()
		ix.seq[base] = ix.next
		fmt.Fprintf(&log, "+%d %s\n", ix.next, base)
		ix.next++
	}
	if err := b.saveIndex(dir, ix, log.String()); err != nil {
		return nil, nil, fmt.Errorf("number the messages: %w", err)
	}
	for i := range found {
		found[i].seq = ix.seq[found[i].base()]
	}
	slices.SortFunc(found, func(x, y entry) int { return cmp.Compare(x.seq, y.seq) })
	return ix, found, nil
}

// lockDir keeps two processes from numbering at the same time.
func lockDir(dir string) (func(), error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(d.Fd()), unix.LOCK_EX); err != nil {
		d.Close()
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { d.Close() }, nil
}

// scan lists the message files. A file that is renamed while its folder is read can
// be missed, so what seems gone is looked for a second time.
func (b *Box) scan(dir string, ix *index) ([]entry, error) {
	found, err := b.files(dir)
	if err != nil || len(goneFrom(ix, found)) == 0 {
		return found, err
	}
	again, err := b.files(dir)
	if err != nil {
		return nil, err
	}
	have := map[string]bool{}
	for _, e := range again {
		have[e.base()] = true
	}
	for _, e := range found {
		if !have[e.base()] {
			if _, err := b.disk.stat(filepath.Join(dir, e.sub, e.name)); err == nil {
				again = append(again, e)
			}
		}
	}
	return again, nil
}

// files lists new before cur, so that a message on its way from one to the other is
// seen at least once, and once only.
func (b *Box) files(dir string) ([]entry, error) {
	var out []entry
	at := map[string]int{}
	for _, sub := range []string{"new", "cur"} {
		names, err := b.disk.list(filepath.Join(dir, sub))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if !isMessage(name) {
				continue
			}
			e := entry{sub: sub, name: name}
			if i, ok := at[e.base()]; ok {
				out[i] = e
				continue
			}
			at[e.base()] = len(out)
			out = append(out, e)
		}
	}
	return out, nil
}

func goneFrom(ix *index, found []entry) []string {
	if len(ix.seq) == 0 {
		return nil
	}
	have := make(map[string]bool, len(found))
	for _, e := range found {
		have[e.base()] = true
	}
	var gone []string
	for base := range ix.seq {
		if !have[base] {
			gone = append(gone, base)
		}
	}
	return gone
}

// newcomers are the entries without a number, oldest first by the time of the file.
func (b *Box) newcomers(dir string, ix *index, found []entry) []int {
	times := map[int]time.Time{}
	var out []int
	for i, e := range found {
		if _, ok := ix.seq[e.base()]; ok {
			continue
		}
		if info, err := b.disk.stat(filepath.Join(dir, e.sub, e.name)); err == nil {
			times[i] = info.ModTime()
		}
		out = append(out, i)
	}
	slices.SortFunc(out, func(x, y int) int {
		return cmp.Or(times[x].Compare(times[y]), strings.Compare(found[x].name, found[y].name))
	})
	return out
}

// loadIndex reads the file; one that is missing or makes no sense is begun anew.
func (b *Box) loadIndex(dir string) (*index, error) {
	f, err := b.disk.open(filepath.Join(dir, indexName))
	if os.IsNotExist(err) {
		return b.newIndex()
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	ix, err := readIndex(f)
	if err != nil {
		return nil, err
	}
	if ix == nil {
		return b.newIndex()
	}
	return ix, nil
}

// readIndex returns nil for what is no index.
func readIndex(r io.Reader) (*index, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	head, err := br.ReadString('\n')
	if err != nil && err != io.EOF {
		return nil, err
	}
	var ix index
	var ok bool
	if ix.validity, ok = headValidity(head); !ok {
		return nil, nil
	}
	ix.next, ix.seq = 1, map[string]uint64{}
	for {
		line, err := br.ReadString('\n')
		if err == io.EOF {
			if line != "" {
				ix.lines = 1 << 30 // a line without its end was never finished: write anew
			}
			return &ix, nil
		}
		if err != nil {
			return nil, err
		}
		ix.lines++
		if !ix.take(strings.TrimSuffix(line, "\n")) {
			return nil, nil
		}
	}
}

// headValidity reads the first line of the file.
func headValidity(line string) (string, bool) {
	v, ok := strings.CutPrefix(line, "headsup-uids 1 ")
	v, end := strings.CutSuffix(v, "\n")
	return v, ok && end && v != "" && !strings.ContainsAny(v, " :\t\r")
}

func (ix *index) take(line string) bool {
	if base, ok := strings.CutPrefix(line, "-"); ok {
		delete(ix.seq, base)
		return isBase(base)
	}
	number, base, ok := strings.Cut(strings.TrimPrefix(line, "+"), " ")
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil || !ok || line[0] != '+' || n < ix.next {
		return false
	}
	ix.next = n + 1
	if base == "-" {
		return true // keeps the counter when a folder became empty
	}
	ix.seq[base] = n
	return isBase(base)
}

func (b *Box) newIndex() (*index, error) {
	var r [6]byte
	if _, err := io.ReadFull(b.random, r[:]); err != nil {
		return nil, fmt.Errorf("make a validity: %w", err)
	}
	validity := fmt.Sprintf("%d-%s", b.now().Unix(), hex.EncodeToString(r[:]))
	return &index{validity: validity, next: 1, seq: map[string]uint64{}, lines: -1}, nil
}

// saveIndex appends to the file, or writes it anew when it is new or has become mostly
// history.
func (b *Box) saveIndex(dir string, ix *index, log string) error {
	path := filepath.Join(dir, indexName)
	added := strings.Count(log, "\n")
	if ix.lines >= 0 && ix.lines+added <= 2*len(ix.seq)+1000 {
		if log == "" {
			return nil
		}
		return b.appendIndex(path, log)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "headsup-uids 1 %s\n", ix.validity)
	order := make([]string, 0, len(ix.seq))
	for base := range ix.seq {
		order = append(order, base)
	}
	slices.SortFunc(order, func(x, y string) int { return cmp.Compare(ix.seq[x], ix.seq[y]) })
	last := uint64(0)
	for _, base := range order {
		last = ix.seq[base]
		fmt.Fprintf(&out, "+%d %s\n", last, base)
	}
	if last+1 < ix.next {
		fmt.Fprintf(&out, "+%d -\n", ix.next-1)
	}
	tmp := path + ".new"
	b.disk.remove(tmp) // of a crash
	if err := b.disk.write(tmp, out.Bytes()); err != nil {
		return err
	}
	if err := b.disk.rename(tmp, path); err != nil {
		return err
	}
	return b.disk.syncDir(dir)
}

func (b *Box) appendIndex(path, log string) error {
	f, err := b.disk.extend(path)
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, log)
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
