package submit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"

	"headsup/mail"
)

// outcome says what is known about an attempt that stopped. This is the table of what
// is certain, and the only one:
//
//   - before the dot: certainly not sent, whatever happened
//   - at the dot, and the server said 4xx or 5xx: it says that it did not take it
//   - at the dot, and anything else: uncertain
//
// A refusal is for good (Permanent) if it was said about this message: at MAIL or later,
// with 5xx. One that was said about the login or the protection is about the account.
func outcome(s stop, host string) mail.Result {
	r := mail.Result{Outcome: mail.NotSent, Stage: s.stage, Rejected: s.rcpt}
	var said *serverError
	if errors.As(s.err, &said) && said.Code >= 400 {
		r.Code, r.Enhanced, r.Reply = said.Code, said.Enhanced, said.Text
	} else if s.sent {
		r.Outcome = mail.Uncertain
	}
	r.Account = r.Outcome == mail.NotSent && account(s, r.Code)
	r.Permanent = r.Code >= 500 && !r.Account && aboutMessage(s.stage)
	r.Err = fmt.Errorf("hand the message to %s, at stage %s: %w%s", host, s.stage, s.err, hint(s, r))
	return r
}

// aboutMessage reports whether an answer at this stage is about the message, and not
// about the server as a whole: "554 no service" in a greeting will be over some day.
func aboutMessage(s mail.Stage) bool {
	switch s {
	case mail.StageMail, mail.StageRcpt, mail.StageData, mail.StageBody, mail.StageDot:
		return true
	}
	return false
}

// account reports whether nothing can be sent until a person mends login or protection.
func account(s stop, code int) bool {
	var login *loginError
	var plain *noTLSError
	var cert *tls.CertificateVerificationError
	switch {
	case errors.As(s.err, &login), errors.As(s.err, &plain), errors.As(s.err, &cert):
		return true
	case s.stage == mail.StageAuth:
		return code >= 500
	case s.stage == mail.StageMail, s.stage == mail.StageRcpt, s.stage == mail.StageData:
		return code == 530 || code == 535 || code == 538 // RFC 4954 section 6: log in first
	}
	return false
}

// hint is what a person can do.
func hint(s stop, r mail.Result) string {
	var dns *net.DNSError
	switch {
	case r.Outcome == mail.Uncertain:
		return "; the message may have arrived: it is looked for in Sent and not sent again by itself"
	case errors.As(s.err, new(x509.UnknownAuthorityError)):
		return "; if the server has a certificate of its own, name it with submission.ca_file"
	case errors.As(s.err, new(x509.HostnameError)):
		return "; compare submission.server with the name that your provider gives"
	case errors.As(s.err, new(x509.CertificateInvalidError)):
		return "; look at the clock of this machine, and ask your provider for a valid certificate"
	case errors.As(s.err, new(*noTLSError)):
		return `; if your provider has a port for TLS from the start (465), set submission.tls = "implicit"`
	case errors.As(s.err, new(tls.RecordHeaderError)):
		return `; what answers there does not speak TLS: compare submission.port and submission.tls, or log in to the network's portal`
	case errors.As(s.err, &dns) && dns.IsNotFound:
		return "; check submission.server, and whether this machine is online"
	case r.Account && s.stage == mail.StageAuth:
		return "; compare user name and secret with your provider (many want an app password or a new token), then: headsup resume"
	case len(s.rcpt) > 0:
		return "; refused: " + addresses(s.rcpt) + ". Nobody got the message"
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
