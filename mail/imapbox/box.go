package imapbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"headsup/mail"
)

// Box is a mailbox on a server.
type Box struct {
	config Config
	work   *line // for commands
	idle   *line // for waiting
	ctx    context.Context
	cancel context.CancelFunc

	waiting  chan struct{} // held by the Watch that has IDLE
	unlisted atomic.Int32  // times in a row that the list of folders cost the connection

	mu     sync.Mutex
	names  map[mail.Folder]string
	broken map[mail.Ref]bool // messages that nobody can read
	known  map[string]string // what Watch last saw of a set of folders
}

var errClosed = errors.New("mailbox is closed")

// New checks the configuration and does nothing else: the first call connects. The
// connection is kept, and made again when it is lost, so that a service can start
// without a network.
func New(c Config) (*Box, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	return newBox(c), nil
}

// Open is [New] and a first login, so that what is wrong is said at once.
func Open(ctx context.Context, c Config) (*Box, error) {
	b, err := New(c)
	if err != nil {
		return nil, err
	}
	if err := b.with(ctx, b.work, false, func(*session) error { return nil }); err != nil {
		b.Close()
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	return b, nil
}

func newBox(c Config) *Box {
	b := &Box{
		config: c, work: newLine(), idle: newLine(), waiting: make(chan struct{}, 1),
		names: map[mail.Folder]string{}, broken: map[mail.Ref]bool{}, known: map[string]string{},
	}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// line is a connection that is made when it is needed.
type line struct {
	gate    chan struct{} // held by the one who uses what follows
	session *session
	fails   int
	next    time.Time // not before, after a failure
	err     error     // the failure
	told    time.Time // when the log was told of it as something new
}

func newLine() *line { return &line{gate: make(chan struct{}, 1)} }

// Waits between attempts to connect. What a person does waits no longer than a minute
// when the server is back: the longest wait, and the pause of the loop that asks. A refused
// login is not tried soon: servers lock accounts.
const (
	firstWait = time.Second
	longest   = 50 * time.Second
	afterNo   = 15 * time.Minute
	// tellAgain is how often the log hears of a fault that stays the same.
	tellAgain = time.Hour
	// stale is how long a connection may be silent before it is asked whether it lives.
	stale = 20 * time.Second
)

// with gives fn a living session. When again is set, what fn does can be done twice:
// a session that turns out dead is replaced once.
func (b *Box) with(ctx context.Context, l *line, again bool, fn func(*session) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(b.ctx, func() { cancel(errClosed) })()
	select {
	case l.gate <- struct{}{}:
		defer func() { <-l.gate }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fresh, err := b.connect(ctx, l)
		if err != nil {
			return err
		}
		if err = fn(l.session); err != nil {
			l.session.selected = selected{} // whatever was open may be the reason
		}
		if l.session.dead {
			l.session.close()
			l.session = nil
			if err != nil && again && !fresh && ctx.Err() == nil {
				continue
			}
		}
		if err != nil && ctx.Err() != nil && !errors.Is(err, mail.ErrUnknownOutcome) {
			return context.Cause(ctx)
		}
		return err
	}
}

// connect makes sure that the line has a living session; fresh says that it was made
// just now.
func (b *Box) connect(ctx context.Context, l *line) (fresh bool, err error) {
	if s := l.session; s != nil {
		if !s.dead && time.Since(s.used) > stale {
			s.run(ctx, min(s.timeout, 10*time.Second), func() error { return s.client.Noop().Wait() })
		}
		if !s.dead {
			return false, nil
		}
		s.close()
		l.session = nil
	}
	if wait := time.Until(l.next); wait > 0 {
		return false, fmt.Errorf("next try in %s: %w", wait.Round(time.Second), l.err)
	}
	s, err := dial(ctx, b.config)
	if err != nil {
		if ctx.Err() == nil {
			b.failed(l, err)
		}
		return false, err
	}
	l.session, l.fails, l.err, l.next = s, 0, nil, time.Time{}
	return true, nil
}

func (b *Box) failed(l *line, err error) {
	wait := pause(l.fails)
	var refused *LoginError
	if errors.As(err, &refused) {
		wait = afterNo
	}
	now := time.Now()
	l.fails++
	if l.err == nil || l.err.Error() != err.Error() || now.Sub(l.told) >= tellAgain {
		b.config.Log.Warn("mailbox connection failed", "source", b.config.Addr, "err", err, "count", l.fails, "wait", wait)
		l.told = now
	}
	l.err, l.next = err, now.Add(wait)
}

// pause is how long to wait after so many failures in a row: twice as long each time up to
// the longest, and up to a quarter less, so that not everybody is back at the same moment.
func pause(fails int) time.Duration {
	wait := min(firstWait<<min(fails, 20), longest)
	return wait - rand.N(wait/4)
}

// Profile is [mail.Mailbox.Profile].
func (b *Box) Profile() mail.Profile { return b.config.Profile }

// Close is [mail.Mailbox.Close]. It does not say goodbye to the server: an answer to
// that could only be waited for.
func (b *Box) Close() error {
	b.cancel()
	for _, l := range []*line{b.work, b.idle} {
		l.gate <- struct{}{} // whoever holds it ends, because its context did
		if l.session != nil {
			l.session.close()
			l.session = nil
		}
		<-l.gate
	}
	return nil
}

var _ mail.Mailbox = (*Box)(nil)
