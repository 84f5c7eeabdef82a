package mailboxtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

// Provider says how the server behind a [Memory] behaves.
type Provider struct {
	FilesSent  bool          // what is submitted appears in Sent by itself
	KeepsID    bool          // the Message-ID of what is submitted is kept
	IndexDelay time.Duration // how long Find misses what came in
	DropsToken bool          // X-Headsup-Token is lost on Append
}

// Fault is what goes wrong with one call.
type Fault int

// The faults. Lost is the one that hurts: the change happened and nobody was told.
const (
	NoFault Fault = iota
	Refused       // nothing happened, an error is returned
	Lost          // it happened, an error is returned
)

// ErrInjected is wrapped by the errors of injected faults.
var ErrInjected = errors.New("injected fault")

var errClosed = errors.New("mailbox is closed")

// Memory is a mailbox in memory. It starts no goroutines, has no clock but the one that
// it is given, and no randomness, so that it can be used in a simulation and in a
// synctest bubble.
type Memory struct {
	provider Provider
	now      func() time.Time

	mu      sync.Mutex
	fault   func(op string, f mail.Folder) Fault
	folders map[mail.Folder]*memFolder
	rebuilt int           // counts validities
	ids     int           // counts Message-IDs that the provider made
	changed chan struct{} // closed and replaced at every change
	closed  bool
}

type memFolder struct {
	validity string
	next     int // the UID of the next message
	messages []*memMessage
	seq      int // counts changes
	seen     int // changes that a Watch has told
}

type memMessage struct {
	uid    int
	raw    []byte
	header mail.Header
}

// NewMemory makes an empty mailbox with the folders that headsup uses.
func NewMemory(p Provider, now func() time.Time) *Memory {
	m := &Memory{provider: p, now: now, folders: map[mail.Folder]*memFolder{}, changed: make(chan struct{})}
	for _, f := range []mail.Folder{mail.Inbox, mail.Drafts, mail.Sent, mail.Queue, mail.QueueNow} {
		m.rebuilt++
		m.folders[f] = &memFolder{validity: strconv.Itoa(m.rebuilt), next: 1}
	}
	return m
}

// SetFault makes calls go wrong from now on. fault is asked once for each call, with
// the name of the method in lower case; nil ends it.
func (m *Memory) SetFault(fault func(op string, f mail.Folder) Fault) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = fault
}

// begin locks and says whether the call may go on. The caller unlocks.
func (m *Memory) begin(ctx context.Context, op string, f mail.Folder) (*memFolder, Fault, error) {
	m.mu.Lock()
	if err := ctx.Err(); err != nil {
		return nil, NoFault, fmt.Errorf("%s %s: %w", op, f, err)
	}
	if m.closed {
		return nil, NoFault, fmt.Errorf("%s %s: %w", op, f, errClosed)
	}
	fault := NoFault
	if m.fault != nil {
		fault = m.fault(op, f)
	}
	if fault == Refused {
		return nil, fault, fmt.Errorf("%s %s: %w", op, f, ErrInjected)
	}
	folder, ok := m.folders[f]
	if !ok {
		return nil, fault, fmt.Errorf("%s %s: %w", op, f, mail.ErrNoFolder)
	}
	return folder, fault, nil
}

// end is the error of a call that happened.
func (f Fault) end(op string) error {
	if f == Lost {
		return fmt.Errorf("%s: %w: %w", op, ErrInjected, mail.ErrUnknownOutcome)
	}
	return nil
}

func (m *Memory) change(f *memFolder) {
	f.seq++
	close(m.changed)
	m.changed = make(chan struct{})
}

// List is [mail.Mailbox.List].
func (m *Memory) List(ctx context.Context, f mail.Folder) ([]mail.Header, error) {
	folder, fault, err := m.begin(ctx, "list", f)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	var out []mail.Header
	for _, msg := range folder.messages {
		out = append(out, msg.header)
	}
	return out, fault.end("list")
}

// Since is [mail.Mailbox.Since].
func (m *Memory) Since(ctx context.Context, f mail.Folder, c mail.Cursor, fn func(mail.Header) error) (mail.Cursor, error) {
	headers, c, err := m.after(ctx, f, c)
	if err != nil {
		return c, err
	}
	for _, h := range headers {
		if err := ctx.Err(); err != nil {
			return c, fmt.Errorf("since %s: %w", f, err)
		}
		if err := fn(h); err != nil {
			return c, err
		}
		c = mail.Cursor(h.Ref.Validity + ":" + h.Ref.UID)
	}
	return c, nil
}

// after is what is behind the cursor, which is made new when the folder was rebuilt.
func (m *Memory) after(ctx context.Context, f mail.Folder, c mail.Cursor) ([]mail.Header, mail.Cursor, error) {
	folder, fault, err := m.begin(ctx, "since", f)
	defer m.mu.Unlock()
	if err != nil {
		return nil, c, err
	}
	if err := fault.end("since"); err != nil {
		return nil, c, err
	}
	validity, uid, _ := strings.Cut(string(c), ":")
	last, err := strconv.Atoi(uid)
	if validity != folder.validity || err != nil {
		last, c = 0, mail.Cursor(folder.validity+":0")
	}
	var out []mail.Header
	for _, msg := range folder.messages {
		if msg.uid > last {
			out = append(out, msg.header)
		}
	}
	return out, c, nil
}

// Read is [mail.Mailbox.Read].
func (m *Memory) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	folder, fault, err := m.begin(ctx, "read", r.Folder)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	i := folder.find(r)
	if i < 0 {
		return nil, fmt.Errorf("read: %w", mail.ErrGone)
	}
	return bytes.Clone(folder.messages[i].raw), fault.end("read")
}

func (f *memFolder) find(r mail.Ref) int {
	for i, msg := range f.messages {
		if msg.header.Ref == r {
			return i
		}
	}
	return -1
}

// Append is [mail.Mailbox.Append].
func (m *Memory) Append(ctx context.Context, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	folder, fault, err := m.begin(ctx, "append", f)
	defer m.mu.Unlock()
	if err != nil {
		return mail.Ref{}, err
	}
	if m.provider.DropsToken {
		raw = dropField(raw, "X-Headsup-Token")
	}
	ref, err := m.add(folder, f, raw, flags)
	if err != nil {
		return mail.Ref{}, err
	}
	if err := fault.end("append"); err != nil {
		return mail.Ref{}, err
	}
	return ref, nil
}

func (m *Memory) add(folder *memFolder, f mail.Folder, raw []byte, flags mail.Flags) (mail.Ref, error) {
	h, err := letter.ReadHeader(bytes.NewReader(raw))
	if err != nil {
		return mail.Ref{}, fmt.Errorf("append: %w", err)
	}
	h.Ref = mail.Ref{Folder: f, Validity: folder.validity, UID: strconv.Itoa(folder.next)}
	h.Flags, h.Size, h.Received = flags, int64(len(raw)), m.now()
	folder.messages = append(folder.messages, &memMessage{uid: folder.next, raw: bytes.Clone(raw), header: h})
	folder.next++
	m.change(folder)
	return h.Ref, nil
}

// Find is [mail.Mailbox.Find].
func (m *Memory) Find(ctx context.Context, f mail.Folder, q mail.Query) ([]mail.Ref, error) {
	folder, fault, err := m.begin(ctx, "find", f)
	defer m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if q == (mail.Query{}) {
		return nil, errors.New("find: nothing is asked for")
	}
	var out []mail.Ref
	for _, msg := range folder.messages {
		h := msg.header
		if (q.ID == "" || q.ID == h.ID) && (q.Token == "" || q.Token == h.Token) && !m.now().Before(h.Received.Add(m.provider.IndexDelay)) {
			out = append(out, h.Ref)
		}
	}
	return out, fault.end("find")
}

// Move is [mail.Mailbox.Move].
func (m *Memory) Move(ctx context.Context, r mail.Ref, to mail.Folder) (mail.Ref, error) {
	folder, fault, err := m.begin(ctx, "move", r.Folder)
	defer m.mu.Unlock()
	if err != nil {
		return mail.Ref{}, err
	}
	target, ok := m.folders[to]
	if !ok {
		return mail.Ref{}, fmt.Errorf("move to %s: %w", to, mail.ErrNoFolder)
	}
	i := folder.find(r)
	if i < 0 {
		return mail.Ref{}, fmt.Errorf("move: %w", mail.ErrGone)
	}
	msg := folder.take(i)
	m.change(folder)
	ref, err := m.add(target, to, msg.raw, msg.header.Flags)
	if err != nil {
		return mail.Ref{}, err
	}
	if err := fault.end("move"); err != nil {
		return mail.Ref{}, err
	}
	return ref, nil
}

func (f *memFolder) take(i int) *memMessage {
	msg := f.messages[i]
	f.messages = append(f.messages[:i:i], f.messages[i+1:]...)
	return msg
}

// Remove is [mail.Mailbox.Remove].
func (m *Memory) Remove(ctx context.Context, r mail.Ref) error {
	folder, fault, err := m.begin(ctx, "remove", r.Folder)
	defer m.mu.Unlock()
	if err != nil {
		return err
	}
	i := folder.find(r)
	if i < 0 {
		return fmt.Errorf("remove: %w", mail.ErrGone)
	}
	folder.take(i)
	m.change(folder)
	return fault.end("remove")
}

// Watch is [mail.Mailbox.Watch]. It also returns for changes since the last Watch
// returned, so a caller that lists after each return misses nothing.
func (m *Memory) Watch(ctx context.Context, folders ...mail.Folder) error {
	for {
		changed, err := m.news(ctx, folders)
		if changed == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

// news returns nil when there is something to tell, else what to wait for.
func (m *Memory) news(ctx context.Context, folders []mail.Folder) (<-chan struct{}, error) {
	told := false
	for i, f := range folders {
		folder, fault, err := m.begin(ctx, "watch", f)
		if err == nil {
			err = fault.end("watch")
		}
		if err == nil && folder.seq > folder.seen {
			folder.seen, told = folder.seq, true
		}
		changed := m.changed
		m.mu.Unlock()
		if err != nil {
			return nil, err
		}
		if i == len(folders)-1 && !told {
			return changed, nil
		}
	}
	return nil, nil
}

// Profile is [mail.Mailbox.Profile].
func (m *Memory) Profile() mail.Profile {
	answer := map[bool]mail.Answer{true: mail.Yes, false: mail.No}
	return mail.Profile{FilesSent: answer[m.provider.FilesSent], KeepsID: answer[m.provider.KeepsID]}
}

// Close is [mail.Mailbox.Close].
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

var _ mail.Mailbox = (*Memory)(nil)
