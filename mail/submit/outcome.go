package submit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"headsup/mail"

	smtp "github.com/emersion/go-smtp"
)

// outcome says what is known about an attempt that stopped. This is the table of what
// is certain, and the only one:
//
//   - before the dot: certainly not sent, whatever happened
//   - at the dot, and the server said 4xx or 5xx: it says that it did not take it
//   - at the dot, and anything else: uncertain
func outcome(s stop, host string) mail.Result {
	r := mail.Result{Outcome: mail.NotSent, Stage: s.stage, Rejected: s.rcpt, Err: s.err}
	var said *smtp.SMTPError
	if errors.As(s.err, &said) && said.Code >= 400 && said.Code < 600 {
		r.Code, r.Enhanced, r.Reply = said.Code, enhanced(said), said.Message
		r.Permanent = said.Code >= 500
	} else if s.sent {
		r.Outcome = mail.Uncertain
	}
	r.Account = account(s)
	if r.Account {
		r.Permanent = false // the message is well, the account is not
	}
	r.Err = fmt.Errorf("submit by way of %s, at %s: %w%s", host, s.stage, s.err, hint(s, r))
	return r
}

// account reports whether nothing can be sent until a person mends login or certificate.
func account(s stop) bool {
	var login *loginError
	var cert *tls.CertificateVerificationError
	var said *smtp.SMTPError
	switch {
	case errors.As(s.err, &login), errors.As(s.err, &cert):
		return true
	case s.stage == mail.StageTLS:
		return errors.As(s.err, new(x509.UnknownAuthorityError)) || errors.As(s.err, new(x509.HostnameError)) ||
			errors.As(s.err, new(x509.CertificateInvalidError)) || strings.Contains(s.err.Error(), "STARTTLS")
	case errors.As(s.err, &said):
		return s.stage == mail.StageAuth && said.Code >= 500 || said.Code == 530
	}
	return false
}

// hint is what a person can do, or nothing.
func hint(s stop, r mail.Result) string {
	switch {
	case errors.As(s.err, new(x509.UnknownAuthorityError)):
		return "; if the server has a certificate of its own, name it with submission.ca_file"
	case errors.As(s.err, new(x509.HostnameError)):
		return "; compare submission.host with the name that your provider gives"
	case r.Account && s.stage == mail.StageAuth:
		return "; compare user name and password with your provider (many want an app password), then: headsup resume"
	case len(s.rcpt) > 0:
		return "; refused: " + addresses(s.rcpt)
	}
	return ""
}

func addresses(list []mail.Address) string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.String()
	}
	return strings.Join(out, ", ")
}

// permanent reports a refusal that the same message will meet again.
func permanent(err error) bool {
	var said *smtp.SMTPError
	return errors.As(err, &said) && said.Code >= 500
}

// answered reports whether the server said something, so that the connection still
// stands.
func answered(err error) bool { return errors.As(err, new(*smtp.SMTPError)) }

func enhanced(e *smtp.SMTPError) string {
	if e.EnhancedCode == smtp.NoEnhancedCode || e.EnhancedCode == smtp.EnhancedCodeNotSet {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2])
}

// enhancedOf is the RFC 3463 status at the head of an acceptance, or "".
func enhancedOf(reply string) string {
	word, _, _ := strings.Cut(reply, " ")
	if strings.Count(word, ".") == 2 && strings.HasPrefix(word, "2.") {
		return word
	}
	return ""
}
