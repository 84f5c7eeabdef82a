package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"headsup/mail"
	"headsup/mail/letter"
)

// SendTest mails the user's own address once and looks what the provider makes of it.
// Providers differ in what can be proved after a lost answer, and few say so.
type SendTest struct {
	Box    mail.Mailbox
	Submit mail.Submitter
	From   mail.Party // and To
	Random io.Reader
	Now    func() time.Time
	// Patience is how long the mailbox is looked at; 0: two minutes.
	Patience time.Duration
}

// Provides is what a send test found out about a provider.
type Provides struct {
	Profile    mail.Profile  `json:"profile"`     // what the provider does by itself
	Searched   bool          `json:"searched"`    // a search of Sent for the Message-ID finds the mail
	FiledAfter time.Duration `json:"filed_after"` // until it was in Sent; 0 if it never was
	Arrived    time.Duration `json:"arrived"`     // until it was in the inbox; 0 if it never was
	Reply      string        `json:"reply"`       // of the submission server
}

// Provable reports whether a lost answer can be cleared up without a person.
func (p Provides) Provable() bool {
	return p.Profile.FilesSent == mail.Yes && p.Profile.KeepsID == mail.Yes && p.Searched
}

// String says it to a person.
func (p Provides) String() string {
	switch {
	case p.Provable():
		return fmt.Sprintf("the provider files sent mail by itself (after %s) and keeps its Message-ID: a lost answer can be cleared up", p.FiledAfter.Round(time.Second))
	case p.Profile.FilesSent == mail.Yes && p.Profile.KeepsID == mail.No:
		return "the provider files sent mail by itself, but under another Message-ID: it cannot prove sending, and you are asked when an answer is lost"
	case p.Profile.FilesSent == mail.Yes:
		return "the provider files sent mail by itself, but a search does not find it: it cannot prove sending, and you are asked when an answer is lost"
	case p.Arrived == 0:
		return "the mail was accepted, but came neither to Sent nor to the inbox: this provider cannot prove sending, and you are asked when an answer is lost"
	}
	return "the provider does not file sent mail by itself (headsup does): it cannot prove sending, and you are asked when an answer is lost"
}

// looks are the moments after sending at which the mailbox is looked at.
func looks() []time.Duration {
	return []time.Duration{0, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, 2 * time.Minute}
}

// Run sends the mail and looks for it.
func (s SendTest) Run(ctx context.Context) (Provides, error) {
	id, err := mail.NewMessageID(s.Random, s.From.Address.Domain())
	if err != nil {
		return Provides{}, err
	}
	subject := "headsup send test " + string(id)[:8]
	wire, err := s.wire(id, subject)
	if err != nil {
		return Provides{}, fmt.Errorf("make the test mail: %w", err)
	}
	before := map[mail.Folder]mail.Cursor{}
	for _, f := range []mail.Folder{mail.Sent, mail.Inbox} {
		if before[f], err = s.end(ctx, f); err != nil {
			return Provides{}, fmt.Errorf("look into %s before the test mail: %w", f, err)
		}
	}
	r := s.Submit.Submit(ctx, mail.Envelope{From: s.From.Address, To: []mail.Address{s.From.Address}}, wire, func(context.Context) error { return nil })
	if r.Outcome != mail.Accepted {
		return Provides{}, fmt.Errorf("the test mail was not accepted: %w", r.Err)
	}
	return s.watch(ctx, id, subject, before, Provides{Reply: r.Reply})
}

// end is where a folder ends now. A mailbox that cannot tell is read from its beginning.
func (s SendTest) end(ctx context.Context, f mail.Folder) (mail.Cursor, error) {
	if b, ok := s.Box.(interface {
		End(context.Context, mail.Folder) (mail.Cursor, error)
	}); ok {
		return b.End(ctx, f)
	}
	return s.Box.Since(ctx, f, "", func(mail.Header) error { return nil })
}

func (s SendTest) wire(id mail.MessageID, subject string) ([]byte, error) {
	draft, err := letter.Build(mail.Message{ID: id, Date: s.Now(), From: s.From, To: []mail.Party{s.From}, Subject: subject,
		Parts: []mail.Part{{Type: "text/plain", Body: []byte("This is how headsup finds out what your mail provider does with a sent mail. You can delete it.\n")}}})
	if err != nil {
		return nil, err
	}
	return letter.Wire(draft, letter.WireOptions{Date: s.Now(), ID: id})
}

// watch looks until everything is known that can be known.
func (s SendTest) watch(ctx context.Context, id mail.MessageID, subject string, from map[mail.Folder]mail.Cursor, p Provides) (Provides, error) {
	sent := s.Now()
	p.Profile.FilesSent = mail.No
	for _, at := range looks() {
		if s.Patience > 0 && at > s.Patience {
			break
		}
		if err := until(ctx, sent.Add(at).Sub(s.Now())); err != nil {
			return p, err
		}
		for _, f := range []mail.Folder{mail.Sent, mail.Inbox} {
			h, ok, err := s.find(ctx, f, from[f], id, subject)
			if err != nil {
				return p, fmt.Errorf("look for the test mail in %s: %w", f, err)
			}
			if ok {
				p.note(f, h.ID == id, max(s.Now().Sub(sent), time.Millisecond))
			}
		}
		if p.FiledAfter > 0 && !p.Searched {
			refs, err := s.Box.Find(ctx, mail.Sent, mail.Query{ID: id})
			if err != nil {
				return p, fmt.Errorf("search Sent for the test mail: %w", err)
			}
			p.Searched = len(refs) > 0
		}
		if p.Arrived > 0 && p.FiledAfter > 0 && (p.Searched || p.Profile.KeepsID == mail.No) {
			break
		}
	}
	return p, nil
}

// note writes down where the mail was seen first.
func (p *Provides) note(f mail.Folder, kept bool, after time.Duration) {
	switch {
	case f == mail.Sent && p.FiledAfter == 0:
		p.Profile.FilesSent, p.FiledAfter = mail.Yes, after
	case f == mail.Inbox && p.Arrived == 0:
		p.Arrived = after
	}
	switch {
	case !kept:
		p.Profile.KeepsID = mail.No
	case p.Profile.KeepsID == mail.Unknown:
		p.Profile.KeepsID = mail.Yes
	}
}

var errFound = errors.New("found")

// find looks for the mail among those that came since: by its Message-ID, or by its
// subject if the provider gave it another.
func (s SendTest) find(ctx context.Context, f mail.Folder, c mail.Cursor, id mail.MessageID, subject string) (mail.Header, bool, error) {
	var found mail.Header
	_, err := s.Box.Since(ctx, f, c, func(h mail.Header) error {
		if h.ID == id || h.Subject == subject {
			found = h
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		return found, true, nil
	}
	return found, false, err
}

func until(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
