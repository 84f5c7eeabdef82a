package follow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"regexp"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
	"headsup/rules/absence"
)

// oldReply is how far back an automatic reply is worth reading: who is away for longer
// than that has said so again.
const oldReply = 60 * 24 * time.Hour

// automatic reads what a program answered for a manager (RFC 3834). It is no answer and
// no sign of life; but it may say until when the manager is away. Of its text nothing is
// kept.
func (s *Service) automatic(ctx context.Context, key string, h mail.Header, now time.Time) error {
	at := written(h)
	if s.opt.Away == nil || now.Sub(at) > oldReply || at.Before(s.opt.Since) || tooLarge(h) {
		return nil
	}
	raw, err := s.opt.Mailbox.Read(ctx, h.Ref)
	if errors.Is(err, mail.ErrGone) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read an automatic reply: %w", err)
	}
	m, _ := letter.Read(raw) // what could be read of it will do
	text := plainText(m)
	if text == "" {
		text = fromHTML(m)
	}
	away, ok := absence.Read(absence.Reply{Subject: h.Subject, Text: text, At: at, DayFirst: s.opt.DayFirst}, s.opt.Zone(key))
	if !ok {
		return nil
	}
	sum := sha256.Sum256([]byte(h.ID + "\x00" + mail.MessageID(at.UTC().Format(time.RFC3339))))
	err = s.opt.Away(ctx, ledger.Absence{
		Manager: key, Ref: hex.EncodeToString(sum[:12]), At: at, Start: away.Start, End: away.End, Last: away.Last, Confidence: away.Confidence, Why: away.Why,
	})
	if err != nil {
		return fmt.Errorf("keep what an automatic reply says: %w", err)
	}
	s.opt.Log.Info("a manager is away, an automatic reply says")
	return nil
}

// markup is what an HTML text has between its words.
var markup = regexp.MustCompile(`(?is)<(style|script|head)\b.*?</(style|script|head)>|<[^>]*>`)

// fromHTML is the text of a mail that has no plain one, for reading a date in it and for
// nothing else.
func fromHTML(m mail.Message) string {
	for _, p := range m.Parts {
		if p.Type == "text/html" && p.Disposition != "attachment" {
			return html.UnescapeString(markup.ReplaceAllString(string(p.Body[:min(len(p.Body), maxQuote)]), " "))
		}
	}
	return ""
}
