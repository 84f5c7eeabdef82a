package gmailbox

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"headsup/mail"

	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
)

// me is the user whom the access token belongs to.
const me = "me"

// Tokens gives access tokens. daemon/auth has one that exchanges and stores them.
type Tokens interface {
	Access(ctx context.Context) (string, error)
	// Reject says that the provider did not take a token that it gave.
	Reject(access string)
}

// Options say which mailbox and how.
type Options struct {
	Tokens   Tokens
	Queue    string            // label of the queue; empty: Headsup
	QueueNow string            // label of the urgent queue; empty: Headsup/Now
	Poll     time.Duration     // how often Watch looks; 0: 20 s
	After    time.Time         // a first scan reads nothing older; zero: everything
	Base     http.RoundTripper // nil: the usual one
	Endpoint string            // nil: Google's; a test has its own
	Profile  mail.Profile
}

// Box is a mailbox at Gmail.
type Box struct {
	o    Options
	api  *gmail.Service
	http *http.Client
	life context.Context
	end  context.CancelFunc

	mu      sync.Mutex
	labels  map[string]string // name to id
	account string            // address, the validity of all references
	seen    uint64            // history that the last Watch returned with
}

var _ mail.Mailbox = (*Box)(nil)

var errClosed = errors.New("the mailbox is closed")

// Open makes a mailbox. It performs no I/O.
func Open(o Options) (*Box, error) {
	if o.Queue == "" {
		o.Queue = "Headsup"
	}
	if o.QueueNow == "" {
		o.QueueNow = "Headsup/Now"
	}
	if o.Poll <= 0 {
		o.Poll = 20 * time.Second
	}
	client, api, err := connect(o)
	if err != nil {
		return nil, err
	}
	b := &Box{o: o, api: api, http: client}
	b.life, b.end = context.WithCancel(context.Background())
	return b, nil
}

func connect(o Options) (*http.Client, *gmail.Service, error) {
	client := newHTTP(o)
	opts := []option.ClientOption{option.WithHTTPClient(client)}
	if o.Endpoint != "" {
		opts = append(opts, option.WithEndpoint(o.Endpoint))
	}
	api, err := gmail.NewService(context.Background(), opts...) // the context is not kept
	if err != nil {
		return nil, nil, fmt.Errorf("open the Gmail mailbox: %w", err)
	}
	return client, api, nil
}

// Profile implements [mail.Mailbox].
func (b *Box) Profile() mail.Profile { return b.o.Profile }

// Close implements [mail.Mailbox].
func (b *Box) Close() error {
	b.end()
	b.http.CloseIdleConnections()
	return nil
}

// enter gives a call a context that also ends with the mailbox.
func (b *Box) enter(ctx context.Context) (context.Context, func(), error) {
	if b.life.Err() != nil {
		return nil, nil, errClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(b.life, func() { cancel(errClosed) })
	return ctx, func() { stop(); cancel(nil) }, nil
}

// call runs one call of the interface and words its error.
func (b *Box) call(ctx context.Context, what string, fn func(ctx context.Context) error) error {
	inner, leave, err := b.enter(ctx)
	if err == nil {
		err = fn(inner)
		if err != nil && errors.Is(context.Cause(inner), errClosed) {
			err = errClosed
		}
		leave()
	}
	if err != nil {
		return fmt.Errorf("gmail: %s: %w", what, plain(err))
	}
	return nil
}

// plain puts what the API says into the words of the mailbox contract.
func plain(err error) error {
	var g *googleapi.Error
	if !errors.As(err, &g) {
		return err
	}
	switch {
	case errors.Is(err, mail.ErrUnknownOutcome):
		return fmt.Errorf("%w: the server answered %d %s", mail.ErrUnknownOutcome, g.Code, strings.TrimSpace(g.Message))
	case g.Code == http.StatusNotFound:
		return fmt.Errorf("%w (%s)", mail.ErrGone, g.Message)
	case g.Code == http.StatusUnauthorized:
		return fmt.Errorf("access was refused (%s); run: headsup auth google", g.Message)
	case g.Code == http.StatusForbidden && !limited(g):
		return fmt.Errorf("not allowed (%s); run: headsup auth google", g.Message)
	}
	return fmt.Errorf("the server answered %d %s", g.Code, strings.TrimSpace(g.Message))
}

// limited reports whether an error is about too many requests.
func limited(g *googleapi.Error) bool {
	if g.Code == http.StatusTooManyRequests {
		return true
	}
	if g.Code != http.StatusForbidden {
		return false
	}
	for _, e := range g.Errors {
		switch e.Reason {
		case "rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded", "concurrentLimitExceeded", "backendError":
			return true
		}
	}
	return false
}

// validity is the address of the account: another account has other messages.
func (b *Box) validity(ctx context.Context) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.account == "" {
		p, err := b.api.Users.GetProfile(me).Context(ctx).Do()
		if err != nil {
			return "", err
		}
		if b.account = p.EmailAddress; b.account == "" {
			return "", errors.New("the server did not say whose mailbox this is")
		}
	}
	return b.account, nil
}
