package imapbox

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"headsup/mail/letter"
)

// chooseLogin picks the command that proves the user, or says why there is none.
func chooseLogin(caps imap.CapSet, c Config, secret string) (func(*imapclient.Client) error, error) {
	with := func(m sasl.Client) func(*imapclient.Client) error {
		return func(client *imapclient.Client) error { return client.Authenticate(m) }
	}
	offers := func(mechanism string) bool { return caps.Has(imap.AuthCap(mechanism)) }
	switch c.Login.Mechanism {
	case "xoauth2":
		if !offers("XOAUTH2") {
			return nil, fmt.Errorf("the server does not offer XOAUTH2: %w", errNoWay)
		}
		return with(&xoauth2{user: c.User, token: secret}), nil
	case "oauthbearer":
		if !offers(sasl.OAuthBearer) {
			return nil, fmt.Errorf("the server does not offer OAUTHBEARER: %w", errNoWay)
		}
		host, port, _ := net.SplitHostPort(c.Addr)
		n, _ := strconv.Atoi(port)
		return with(sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: c.User, Token: secret, Host: host, Port: n})), nil
	}
	switch {
	case offers(sasl.Plain):
		return with(sasl.NewPlainClient("", c.User, secret)), nil
	case caps.Has(imap.CapLoginDisabled):
		return nil, fmt.Errorf("%w: the server takes no password here (LOGINDISABLED); does it want a token (xoauth2, oauthbearer), or another port?", errNoWay)
	}
	return func(client *imapclient.Client) error { return client.Login(c.User, secret).Wait() }, nil
}

// xoauth2 is the mechanism that Google and Microsoft made before RFC 7628; Microsoft
// offers no other.
type xoauth2 struct{ user, token string }

// Start is the only message of the client.
func (x *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next is called when the token was refused; the challenge says why. The exchange is
// given up with the connection: an empty answer would be encoded as "=", which
// servers take for a fault.
func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	return nil, &tokenError{letter.Clean(string(challenge))}
}

// tokenError is what the server said about a token.
type tokenError struct{ text string }

func (e *tokenError) Error() string { return fmt.Sprintf("the server refuses the token: %q", e.text) }

// isDenied reports whether a login failed because of the secret, not of the network.
func isDenied(err error) bool {
	var token *tokenError
	var bearer *sasl.OAuthBearerError
	var refusal *Refusal
	return errors.As(err, &token) || errors.As(err, &bearer) || errors.As(err, &refusal) && !temporary(refusal.Code) || errors.Is(err, errNoWay)
}

// errNoWay is wrapped when the server offers no login that was asked for.
var errNoWay = errors.New("no way to log in")
