package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"headsup/calendar"
	"headsup/daemon/clock"
	"headsup/daemon/config"
	"headsup/mail"
)

// What commands do by themselves, without the service and in the way in which the
// service would do it.

func oneShot(o Options) *Daemon {
	return &Daemon{opt: o, clock: clock.Real{}, log: slog.New(slog.DiscardHandler)}
}

// OpenMailbox opens the mailbox of a configuration.
func OpenMailbox(ctx context.Context, o Options) (mail.Mailbox, error) {
	return oneShot(o).openMailbox(ctx, o.Config)
}

// OpenSubmitter makes the way that mail leaves by. It does not connect.
func OpenSubmitter(o Options) (mail.Submitter, error) { return oneShot(o).openSubmitter(o.Config) }

// OpenCalendar makes the source of one calendar. It does not connect.
func OpenCalendar(ctx context.Context, o Options, c config.Calendar) (calendar.Source, error) {
	return oneShot(o).openCalendar(ctx, o.Config, c)
}

// checker is a submitter that can be tried without a mail.
type checker interface {
	Check(ctx context.Context, from mail.Address) mail.Result
}

// CheckSubmission goes as far as the login and the question whether the user may send
// under the configured address, or as what else can be known without a mail, and sends
// nothing. A result without an error is a good one.
func CheckSubmission(ctx context.Context, o Options) mail.Result {
	sub, err := OpenSubmitter(o)
	if err != nil {
		return mail.Result{Outcome: mail.NotSent, Account: true, Err: err}
	}
	c, ok := sub.(checker)
	if !ok {
		return mail.Result{Outcome: mail.NotSent, Err: fmt.Errorf("submission.kind %q: %w", o.Config.Submission.Kind, errors.ErrUnsupported)}
	}
	return c.Check(ctx, o.Config.User.Address)
}
