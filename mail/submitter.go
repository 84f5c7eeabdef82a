package mail

import (
	"context"
	"time"
)

// Envelope is who a message is from and for, on the wire (RFC 5321 section 2.3.1).
type Envelope struct {
	From Address
	To   []Address
}

// Outcome is what is known about one attempt to hand over a message.
type Outcome string

// The outcomes. There is no fourth: a submitter that cannot say NotSent or Accepted
// with certainty says Uncertain.
const (
	NotSent   Outcome = "not-sent"  // the last byte has certainly not left, or the server said no
	Accepted  Outcome = "accepted"  // the server took it
	Uncertain Outcome = "uncertain" // the last byte may have left, and no answer came
)

// Stage is how far the conversation got.
type Stage string

// The stages in their order (RFC 5321 section 3).
const (
	StageConnect  Stage = "connect"
	StageTLS      Stage = "tls"
	StageGreeting Stage = "greeting"
	StageAuth     Stage = "auth"
	StageMail     Stage = "mail"
	StageRcpt     Stage = "rcpt"
	StageData     Stage = "data"
	StageBody     Stage = "body"
	StageGate     Stage = "gate"
	StageDot      Stage = "dot" // the answer to the final dot, or the lack of one
)

// Result says exactly what became of an attempt.
type Result struct {
	Outcome   Outcome
	Stage     Stage
	Permanent bool      // NotSent only: the same content to the same people will be refused again
	Account   bool      // NotSent only: nothing can be sent until a person mends login or certificate
	Code      int       // SMTP reply code or exit status, 0 if none
	Enhanced  string    // RFC 3463 status, "5.1.1"
	Reply     string    // the text of the reply; on acceptance it often carries a queue id
	Rejected  []Address // recipients that were refused
	Date      time.Time // the server's clock if it told (HTTP Date), else zero
	Err       error     // the cause, nil when accepted
}

// Submitter hands messages to a submission server, one at a time. Every
// implementation passes the suite in mail/submittest.
type Submitter interface {
	// Submit hands over wire, which must be a complete message with CRLF line ends and
	// without Bcc. All recipients are accepted or the message is not sent to anybody.
	//
	// It calls gate at most once, when everything but the last byte was accepted. If
	// gate fails, the last byte is not written and the outcome is NotSent. From the
	// gate on, the context no longer cancels: only an own deadline ends the wait for
	// the answer (RFC 5321 section 4.5.3.2.6: 10 minutes).
	Submit(ctx context.Context, e Envelope, wire []byte, gate func(context.Context) error) Result
}
