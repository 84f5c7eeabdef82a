package daemon

import (
	"cmp"
	"time"

	"headsup/daemon/config"
	"headsup/daemon/setup"
	"headsup/mail"
)

// profile is what the provider does by itself: as the configuration says, else as
// `headsup doctor --send-test` measured it with the same mailbox and account.
func (d *Daemon) profile(cfg config.Config) mail.Profile {
	p := mail.Profile{FilesSent: cfg.Mailbox.FilesSent, KeepsID: cfg.Submission.KeepsID}
	if cfg.Mailbox.Kind == config.MailboxGmail {
		p.FilesSent = mail.Yes
	}
	m, ok, err := setup.LoadMeasured(d.opt.Paths.State, boxName(cfg), cfg.Account())
	if err != nil {
		d.log.Warn("what the provider does is not known", "err", err)
	}
	if ok {
		p.FilesSent, p.KeepsID = cmp.Or(p.FilesSent, m.Profile.FilesSent), cmp.Or(p.KeepsID, m.Profile.KeepsID)
	}
	return p
}

// KeepMeasured keeps for the service what a send test found out.
func KeepMeasured(o Options, got setup.Provides, at time.Time) error {
	return setup.Measured{Mailbox: boxName(o.Config), Account: o.Config.Account(), At: at.UTC(), Provides: got}.Save(o.Paths.State)
}

// Measured is what was kept of the configured mailbox and account.
func Measured(o Options) (setup.Measured, bool, error) {
	return setup.LoadMeasured(o.Paths.State, boxName(o.Config), o.Config.Account())
}
