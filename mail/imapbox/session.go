package imapbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"headsup/mail"
)

// A session is one connection to the server. It is used by one goroutine at a time.
type session struct {
	client  *imapclient.Client
	conn    *limiter
	caps    imap.CapSet
	timeout time.Duration
	notices chan struct{} // something changed in the selected folder
	strays  chan fetched  // answers that the library takes for notices

	dead     bool // nothing can be known of it any more
	used     time.Time
	selected selected
	validity map[string]uint32 // what folders had when they were opened last
}

// selected is the folder that is open, as the server described it.
type selected struct {
	name     string
	readOnly bool
	data     imap.SelectData
}

// errTimeout is what a command ends with when the server does not answer.
var errTimeout = errors.New("the server does not answer in time")

func newSession(conn net.Conn, timeout time.Duration) *session {
	s := &session{conn: newLimiter(conn), timeout: timeout, notices: make(chan struct{}, 1), strays: make(chan fetched, 64), used: time.Now(), validity: map[string]uint32{}}
	notice := func() {
		// called by the goroutine that reads: a command here would wait for itself
		select {
		case s.notices <- struct{}{}:
		default:
		}
	}
	s.client = imapclient.New(s.conn, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Expunge: func(uint32) { notice() },
		Mailbox: func(*imapclient.UnilateralDataMailbox) { notice() },
		Fetch: func(m *imapclient.FetchMessageData) {
			if f := readMessage(m); f.full {
				select {
				case s.strays <- f:
				default:
				}
				return
			}
			notice()
		},
	}})
	return s
}

// run does something that waits for the server, and closes the connection when the
// context or the time ends first. A refusal leaves the connection usable; after
// anything else it is dead.
func (s *session) run(ctx context.Context, limit time.Duration, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.dead {
		return errors.New("the connection is closed")
	}
	s.conn.allow(maxCommand)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- plain(fn()) }()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		// The library gives up when the connection closes. Should it not, it is left
		// behind: nothing that it holds is used again.
		s.close()
		select {
		case <-done:
		case <-time.After(time.Second):
		}
		return context.Cause(ctx)
	}
	s.used = time.Now()
	var refusal *Refusal
	if err != nil && !errors.As(err, &refusal) {
		s.dead = true
		if cut := s.conn.cut(); cut != nil {
			return fmt.Errorf("%w (%w)", cut, err)
		}
	}
	return err
}

// close ends the connection and waits for nothing.
func (s *session) close() {
	s.dead = true
	s.conn.Close()
}

// open selects a folder, always anew: that is what brings the news of it.
func (s *session) open(ctx context.Context, name string, readOnly bool) (*imap.SelectData, error) {
	s.selected = selected{}
	var data *imap.SelectData
	err := s.run(ctx, s.timeout, func() (err error) {
		data, err = s.client.Select(name, &imap.SelectOptions{ReadOnly: readOnly, CondStore: s.caps.Has(imap.CapCondStore)}).Wait()
		return err
	})
	if err != nil {
		// The server's process behind this connection may remember a folder that
		// somebody has deleted and made again; a new connection gets a new one.
		if err = noFolder(err); !errors.Is(err, mail.ErrNoFolder) {
			s.dead = true
		}
		return nil, fmt.Errorf("open folder %q: %w", name, err)
	}
	if data.UIDValidity == 0 {
		return nil, fmt.Errorf("open folder %q: the server gives no UIDVALIDITY, so its messages cannot be told apart", name)
	}
	if was, known := s.validity[name]; known && was != data.UIDValidity {
		// As above: what such a process says afterwards is not to be relied on.
		s.dead = true
		return nil, fmt.Errorf("open folder %q: it was made anew (UIDVALIDITY %d, then %d) while this connection was open; asking on a new one", name, was, data.UIDValidity)
	}
	s.validity[name] = data.UIDValidity
	s.selected = selected{name: name, readOnly: readOnly, data: *data}
	return data, nil
}

// noFolder adds to a refusal that it is about a folder that does not exist.
func noFolder(err error) error {
	var r *Refusal
	if errors.As(err, &r) {
		switch imap.ResponseCode(r.Code) {
		case imap.ResponseCodeNonExistent, imap.ResponseCodeTryCreate:
			return fmt.Errorf("%w: %w", mail.ErrNoFolder, err)
		}
	}
	return err
}
