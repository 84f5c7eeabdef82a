package submit

import (
	"fmt"

	"github.com/emersion/go-sasl"
)

// XOAuth2 logs in with an access token the way that Microsoft and Google named before
// RFC 7628 was written; Microsoft offers no other.
func XOAuth2(user, token string) sasl.Client { return &xoauth2{user: user, token: token} }

type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next gets the server's reason for a refusal, as JSON. Answering it would only bring the
// same refusal again, so it is the error.
func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	return nil, fmt.Errorf("the server refused the access token: %s", clip(printable(string(challenge)), 300))
}

// plainLogin is the LOGIN mechanism: two questions in any wording, two answers. Some old
// servers offer nothing else.
type plainLogin struct{ answers [][]byte }

func (l *plainLogin) Start() (string, []byte, error) { return sasl.Login, nil, nil }

func (l *plainLogin) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, sasl.ErrUnexpectedServerChallenge
	}
	next := l.answers[0]
	l.answers = l.answers[1:]
	return next, nil
}
