package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/oauth2"
)

// Device asks for a grant without a browser on this machine: show tells the user where
// to go and which code to type there, on any device.
func Device(ctx context.Context, c Client, show func(uri, code string) error) (*oauth2.Token, error) {
	conf := c.config("")
	d, err := conf.DeviceAuth(ctx)
	if err != nil {
		return nil, fmt.Errorf("log in to %s: %w", c.Name, plain(err))
	}
	if err := show(printable(d.VerificationURI), printable(d.UserCode)); err != nil {
		return nil, fmt.Errorf("log in to %s: show the code: %w", c.Name, err)
	}
	token, err := conf.DeviceAccessToken(ctx, d)
	return granted(c, token, err)
}

// plain words an answer of the token endpoint. The raw response stays out: it can hold
// what was sent.
func plain(err error) error {
	var e *oauth2.RetrieveError
	if !errors.As(err, &e) {
		return err
	}
	text := "the provider answered " + e.Response.Status
	if e.ErrorCode != "" {
		text = "the provider said " + printable(e.ErrorCode)
	}
	if e.ErrorDescription != "" {
		text += ": " + printable(e.ErrorDescription)
	}
	switch e.ErrorCode {
	case "access_denied", "expired_token", "authorization_declined":
		return fmt.Errorf("%w (%s)", ErrDenied, text)
	}
	return errors.New(text)
}

// printable takes out what could steer a terminal, and cuts.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return s
}
