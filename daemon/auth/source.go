package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// ErrRevoked means that the grant holds no more: taken away by the user or an
// administrator, a changed password, or (Google, an app in testing) seven days gone by.
var ErrRevoked = errors.New("the login no longer holds")

// Source turns a stored grant into access tokens. It exchanges one at a time, whoever
// asks, and stores what it got at once.
type Source struct {
	Client Client
	Store  Store
	HTTP   *http.Client // nil: one with a limit of 30 s
	Now    func() time.Time

	mu      sync.Mutex
	grant   Grant
	unsaved bool // grant could not be stored; the provider may have dropped the stored one
}

// early is how long before its end an access token is exchanged. Within that time an
// exchange that fails does no harm yet.
const early = 5 * time.Minute

// Access returns an access token that holds for a while.
func (s *Source) Access(ctx context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unsaved {
		s.unsaved = s.Store.Save(s.Client.Name, s.grant) != nil
	}
	if s.good(early) {
		return s.grant.Access, nil
	}
	err := s.exchange(ctx)
	if err != nil && s.good(10*time.Second) && !errors.Is(err, ErrRevoked) {
		return s.grant.Access, nil // not yet a matter for anybody
	}
	if err != nil {
		return "", fmt.Errorf("access to %s: %w", s.Client.Name, err)
	}
	return s.grant.Access, nil
}

// Reject says that the provider did not take the access token that it gave, so that the
// next [Source.Access] gets another.
func (s *Source) Reject(access string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grant.Access == access {
		s.grant.Access = ""
	}
}

func (s *Source) good(margin time.Duration) bool {
	return s.grant.Access != "" && s.Now().Add(margin).Before(s.grant.Expiry)
}

// exchange reads the grant, which another process may have exchanged meanwhile, and
// exchanges it if that is still needed.
func (s *Source) exchange(ctx context.Context) error {
	unlock, err := s.Store.Lock(s.Client.Name)
	if err != nil {
		return err
	}
	defer unlock()
	if s.unsaved {
		return s.refresh(ctx)
	}
	rejected := s.grant.Access == "" && s.grant.Refresh != ""
	stored, err := s.Store.Load(s.Client.Name)
	if errors.Is(err, ErrNoGrant) {
		return fmt.Errorf("%w; run: headsup auth %s", err, s.command())
	}
	if err != nil {
		return err
	}
	changed := stored.Refresh != s.grant.Refresh
	s.grant = stored
	if s.good(early) && (changed || !rejected) {
		return nil
	}
	return s.refresh(ctx)
}

// refresh tries the newest refresh token and, if it was never proved and is refused, the
// one before it.
func (s *Source) refresh(ctx context.Context) error {
	token, err := s.ask(ctx, s.grant.Refresh)
	used := s.grant.Refresh
	if errors.Is(err, ErrRevoked) && s.grant.Old != "" {
		if other, err2 := s.ask(ctx, s.grant.Old); err2 == nil {
			token, err, used = other, nil, s.grant.Old
		}
	}
	if errors.Is(err, ErrRevoked) {
		return fmt.Errorf("%w; run: headsup auth %s", err, s.command())
	}
	if err != nil {
		return err
	}
	next := Grant{Refresh: used, Access: token.AccessToken, Expiry: token.Expiry.Round(0), Scopes: s.grant.Scopes}
	if token.RefreshToken != "" && token.RefreshToken != used {
		next.Refresh, next.Old = token.RefreshToken, used
	}
	// A full disk must not lock the user out: what was got is used, and stored as soon as
	// that works.
	s.grant = next
	s.unsaved = s.Store.Save(s.Client.Name, next) != nil
	return nil
}

// command is what the user types after "headsup auth".
func (s *Source) command() string {
	for _, p := range []string{"google", "microsoft"} {
		if len(s.Client.Name) >= len(p) && s.Client.Name[:len(p)] == p {
			return p
		}
	}
	return s.Client.Name
}

// ask makes one request for a new access token.
func (s *Source) ask(ctx context.Context, refresh string) (*oauth2.Token, error) {
	client := s.HTTP
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
	asked := s.Now()
	token, err := s.Client.config("").TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	var e *oauth2.RetrieveError
	switch {
	case errors.As(err, &e) && e.ErrorCode == "invalid_grant":
		return nil, fmt.Errorf("%w (%w)", ErrRevoked, plain(err))
	case err != nil:
		return nil, plain(err)
	}
	if token.ExpiresIn > 0 { // counted on our clock, not on that of the library
		token.Expiry = asked.Add(time.Duration(token.ExpiresIn) * time.Second)
	}
	return token, nil
}

// TokenSource is the source in the form that Google's libraries want.
func (s *Source) TokenSource(ctx context.Context) oauth2.TokenSource { return tokenSource{s, ctx} }

type tokenSource struct {
	s   *Source
	ctx context.Context
}

func (t tokenSource) Token() (*oauth2.Token, error) {
	access, err := t.s.Access(t.ctx)
	if err != nil {
		return nil, err
	}
	return &oauth2.Token{AccessToken: access, TokenType: "Bearer"}, nil
}
