package submit

import (
	"errors"
	"fmt"

	"headsup/mail"

	smtp "github.com/emersion/go-smtp"
)

// envelope gives sender and recipients. A single refused recipient refuses the message
// for all; the others are still asked about, so that every bad address is named at once.
func envelope(c *smtp.Client, conn *wire, e mail.Envelope, n needs) *stop {
	opts, err := options(c, n)
	if err != nil {
		return &stop{stage: mail.StageMail, err: err}
	}
	if err := c.Mail(e.From.String(), opts); err != nil {
		return stopped(mail.StageMail, err)
	}
	var refused *stop
	for _, to := range e.To {
		err := c.Rcpt(to.String(), nil)
		if err == nil {
			continue
		}
		st := stopped(mail.StageRcpt, err)
		if !answered(st.err) {
			return st // the connection is gone; there is nothing to take back
		}
		refused = worse(refused, st, to)
		if gone(st.err) {
			return refused
		}
	}
	if refused != nil {
		_, _ = conn.ask("RSET", manners) // the connection is closed right after
		_, _ = conn.ask("QUIT", manners)
	}
	return refused
}

// worse keeps the refusal that decides: the first for good, else the first for now. Only
// the addresses that were refused in that way are named.
func worse(a, b *stop, to mail.Address) *stop {
	switch {
	case a == nil, permanent(b.err) && !permanent(a.err):
		b.rcpt = []mail.Address{to}
		return b
	case permanent(b.err) == permanent(a.err):
		a.rcpt = append(a.rcpt, to)
	}
	return a
}

// options are the parameters of MAIL. What the message needs and the server lacks is
// known before the server has to say it.
func options(c *smtp.Client, n needs) (*smtp.MailOptions, error) {
	lack := func(code int, status, format string, args ...any) (*smtp.MailOptions, error) {
		return nil, &serverError{Code: code, Enhanced: status, Text: fmt.Sprintf(format, args...), Local: true}
	}
	if limit, ok := c.MaxMessageSize(); ok && limit > 0 && n.size > int64(limit) {
		return lack(552, "5.3.4", "the message has %d bytes and the server takes %d; make it shorter or leave an attachment out", n.size, limit)
	}
	if ok, _ := c.Extension("8BITMIME"); !ok && n.eightBit {
		return lack(554, "5.6.3", "the message has 8-bit text and the server takes 7-bit text only (no 8BITMIME)")
	}
	if ok, _ := c.Extension("SMTPUTF8"); !ok && n.utf8 {
		return lack(553, "5.6.7", "a header field of the message is not ASCII and the server does not take that (no SMTPUTF8)")
	}
	opts := &smtp.MailOptions{Size: n.size, UTF8: n.utf8}
	if ok, _ := c.Extension("SIZE"); !ok {
		opts.Size = 0
	}
	return opts, nil
}

// permanent reports a refusal that the same message will meet again.
func permanent(err error) bool {
	var said *serverError
	return errors.As(err, &said) && said.Code >= 500
}

// answered reports whether the server said something, so that the connection stands.
func answered(err error) bool { return errors.As(err, new(*serverError)) }

// gone reports whether the server said that it leaves (RFC 5321 section 3.8).
func gone(err error) bool {
	var said *serverError
	return errors.As(err, &said) && said.Code == 421
}
