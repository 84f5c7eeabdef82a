package gmailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"headsup/mail"
	"headsup/mail/letter"

	"google.golang.org/api/gmail/v1"
	"google.golang.org/api/googleapi"
)

// Submitter sends by way of the Gmail API. Gmail reads the recipients from the header, so
// blind ones are written there for it, and one that is in the header but was not approved
// refuses the message.
type Submitter struct {
	api    *gmail.Service
	http   *http.Client
	Boot   func() time.Duration // a clock that runs on while the machine sleeps
	Answer time.Duration        // patience for the answer; 0: 10 minutes
}

var _ mail.Submitter = (*Submitter)(nil)

// NewSubmitter makes a submitter. It performs no I/O.
func NewSubmitter(o Options, boot func() time.Duration) (*Submitter, error) {
	client, api, err := connect(o)
	if err != nil {
		return nil, err
	}
	return &Submitter{api: api, http: client, Boot: boot, Answer: 10 * time.Minute}, nil
}

// Check asks whether the login holds, and whether Gmail would send as from: under any other
// name it writes its own into the message.
func (s *Submitter) Check(ctx context.Context, from mail.Address) mail.Result {
	r := mail.Result{Outcome: mail.NotSent, Stage: mail.StageAuth}
	profile, err := s.api.Users.GetProfile(me).Context(ctx).Do()
	if err != nil {
		r.Err = plain(err)
		r = answered(r, err)
		r.Permanent = false
		return r
	}
	r.Date, _ = http.ParseTime(profile.ServerResponse.Header.Get("Date"))
	r.Reply = "Gmail lets in " + letter.Clean(profile.EmailAddress)
	if from.IsZero() || same(profile.EmailAddress, from) {
		return r
	}
	list, err := s.api.Users.Settings.SendAs.List(me).Context(ctx).Do()
	if err != nil {
		r.Err = plain(err)
		return r
	}
	for _, alias := range list.SendAs {
		if same(alias.SendAsEmail, from) && (alias.IsPrimary || alias.VerificationStatus == "accepted") {
			r.Reply += " and sends as " + from.String()
			return r
		}
	}
	r.Account, r.Stage = true, mail.StageMail
	r.Err = fmt.Errorf("the login is that of %s, and Gmail does not send as %s for it; log in as yourself (headsup auth google), or add the address in Gmail's settings under \"Send mail as\"", letter.Clean(profile.EmailAddress), from)
	return r
}

func same(s string, a mail.Address) bool {
	b, err := mail.ParseAddress(s)
	return err == nil && a.Key() == b.Key()
}

// frozen is how long a process may have stood still between its gate and the request.
const frozen = 2 * time.Second

// Submit implements [mail.Submitter].
func (s *Submitter) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	fail := func(stage mail.Stage, permanent bool, err error) mail.Result {
		return mail.Result{Outcome: mail.NotSent, Stage: stage, Permanent: permanent, Err: fmt.Errorf("hand the message to the Gmail API, at stage %s: %w", stage, err)}
	}
	raw, err := withRecipients(wire, e)
	if err != nil {
		return fail(mail.StageBody, true, err)
	}
	if err := ctx.Err(); err != nil {
		return fail(mail.StageBody, false, context.Cause(ctx))
	}
	// The only request before the gate: whether the login still holds.
	if _, err := s.api.Users.GetProfile(me).Context(ctx).Do(); err != nil {
		r := answered(fail(mail.StageAuth, false, plain(err)), err)
		r.Permanent = false
		return r
	}
	before := s.Boot()
	if err := gate(ctx); err != nil {
		return fail(mail.StageGate, false, err)
	}
	if stood := s.Boot() - before; stood >= frozen {
		return fail(mail.StageGate, false, fmt.Errorf("too late to send: %s have gone by since the gate", stood.Round(time.Millisecond)))
	}
	answer, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Answer)
	defer cancel()
	call := s.api.Users.Messages.Send(me, &gmail.Message{Raw: encode(raw)})
	if large(raw) {
		call = s.api.Users.Messages.Send(me, &gmail.Message{}).Media(bytes.NewReader(raw), beside()...)
	}
	m, err := call.Context(answer).Do()
	return sentOr(m, err)
}

// sentOr says what is known after the request: taken, a clear no, or nothing.
func sentOr(m *gmail.Message, err error) mail.Result {
	if err == nil {
		r := mail.Result{Outcome: mail.Accepted, Stage: mail.StageDot, Code: http.StatusOK, Reply: "Gmail message " + m.Id}
		r.Date, _ = http.ParseTime(m.ServerResponse.Header.Get("Date"))
		return r
	}
	r := mail.Result{Outcome: mail.Uncertain, Stage: mail.StageDot}
	var g *googleapi.Error
	if errors.As(err, &g) && g.Code >= 400 && g.Code < 500 {
		r = answered(mail.Result{Outcome: mail.NotSent, Stage: mail.StageDot}, err)
		r.Err = fmt.Errorf("hand the message to the Gmail API: %w", plain(err))
		return r
	}
	r.Err = fmt.Errorf("hand the message to the Gmail API: %w; the message may have gone: it is looked for in Sent and not sent again by itself", plain(err))
	return r
}

// answered fills in what the API said. The login and rights are the account's matter,
// too many requests nobody's, the rest the message's.
func answered(r mail.Result, err error) mail.Result {
	var g *googleapi.Error
	if !errors.As(err, &g) {
		return r
	}
	r.Code, r.Reply = g.Code, strings.TrimSpace(g.Message)
	r.Date, _ = http.ParseTime(g.Header.Get("Date"))
	switch {
	case g.Code == http.StatusUnauthorized, g.Code == http.StatusForbidden && !limited(g):
		r.Account = true
	case g.Code == http.StatusBadRequest, g.Code == http.StatusRequestEntityTooLarge, g.Code == http.StatusUnprocessableEntity:
		r.Permanent = true
	}
	return r
}

// withRecipients checks the message against its envelope and adds the blind recipients.
func withRecipients(wire []byte, e mail.Envelope) ([]byte, error) {
	if err := letter.CheckStrict(wire); err != nil {
		return nil, err
	}
	if err := tooLarge(wire); err != nil {
		return nil, err
	}
	if len(e.To) == 0 {
		return nil, errors.New("the message has no recipient")
	}
	m, err := letter.Read(wire)
	switch {
	case err != nil: // somebody in the header cannot be read, and Gmail might read another
		return nil, err
	case len(m.Bcc) > 0:
		return nil, errors.New("the message has a Bcc field")
	}
	key := func(a mail.Address) string { return a.Key() }
	approved := keys(e.To, key)
	shown := keys(slices.Concat(m.To, m.Cc), func(p mail.Party) string { return p.Address.Key() })
	for k := range shown {
		if !approved[k] {
			return nil, fmt.Errorf("%s stands in the header, but is not among the approved recipients", k)
		}
	}
	var blind []string
	for _, to := range e.To {
		if !shown[to.Key()] {
			blind = append(blind, to.String())
		}
	}
	if len(blind) == 0 {
		return wire, nil
	}
	return append([]byte("Bcc: "+strings.Join(blind, ",\r\n ")+"\r\n"), wire...), nil
}

func keys[T any](list []T, key func(T) string) map[string]bool {
	out := map[string]bool{}
	for _, v := range list {
		out[key(v)] = true
	}
	return out
}

// Close gives up idle connections.
func (s *Submitter) Close() error {
	s.http.CloseIdleConnections()
	return nil
}
