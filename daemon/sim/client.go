package main

import (
	"context"
	"net"
	"time"

	"github.com/emersion/go-sasl"

	"headsup/mail"
	"headsup/mail/submit"
)

// client is the real submitter over the simulated network.
type client struct{ smtp *submit.SMTP }

func newClient(w *world) client {
	s, err := submit.NewSMTP(submit.Options{
		Host: "localhost", Port: 587, Security: submit.None, Hello: "sam.example.com",
		Auth:    func(context.Context) (sasl.Client, error) { return sasl.NewPlainClient("", "sam", "secret"), nil },
		Dial:    func(context.Context, string, string) (net.Conn, error) { return w.dial() },
		Boot:    w.clock.Boot,
		Command: time.Minute,
		Answer:  10 * time.Minute,
	})
	return client{must(s, err)}
}

// Submit is [mail.Submitter.Submit].
func (c client) Submit(ctx context.Context, e mail.Envelope, wire []byte, gate func(context.Context) error) mail.Result {
	return c.smtp.Submit(still{ctx}, e, wire, gate)
}

// still is a context that says when it has ended but wakes nobody: a goroutine that wakes
// at the end of a context would run beside the one of the simulation.
type still struct{ context.Context }

// Done is nil, as the contract of [context.Context] allows.
func (still) Done() <-chan struct{} { return nil }
