package caldav

import (
	"context"
	"fmt"
	"net/http"
)

// Auth puts credentials on a request. renew is set when the server has just refused
// those of the last call; an Auth that has no others returns an error.
type Auth interface {
	Authorize(ctx context.Context, r *http.Request, renew bool) error
}

// Basic is a user name and a password. The password is asked for at every request and
// kept nowhere.
type Basic struct {
	User     string
	Password func(ctx context.Context) (string, error)
}

// Authorize implements [Auth].
func (b Basic) Authorize(ctx context.Context, r *http.Request, renew bool) error {
	if renew {
		return fmt.Errorf("the server refused the password of %s; look at user and password of the calendar", b.User)
	}
	password, err := b.Password(ctx)
	if err != nil {
		return fmt.Errorf("password of %s: %w", b.User, err)
	}
	r.SetBasicAuth(b.User, password)
	return nil
}

// TokenSource gives OAuth access tokens. With renew it must not give the last one again.
type TokenSource interface {
	Token(ctx context.Context, renew bool) (string, error)
}

// Bearer is OAuth 2 (RFC 6750).
type Bearer struct{ Source TokenSource }

// Authorize implements [Auth].
func (b Bearer) Authorize(ctx context.Context, r *http.Request, renew bool) error {
	token, err := b.Source.Token(ctx, renew)
	if err != nil {
		return fmt.Errorf("access token: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return nil
}
