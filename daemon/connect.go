package daemon

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"headsup/daemon/auth"
	"headsup/daemon/config"
	"headsup/mail"
	"headsup/mail/gmailbox"
	"headsup/mail/imapbox"
	"headsup/mail/maildir"
	"headsup/mail/submit"

	"github.com/emersion/go-sasl"
)

// openMailbox opens what the configuration names, or what was brought along.
func (d *Daemon) openMailbox(ctx context.Context, cfg config.Config) (mail.Mailbox, error) {
	if box := d.opt.Parts.Mailbox; box != nil {
		return box, nil
	}
	m := cfg.Mailbox
	profile := d.profile(cfg)
	switch m.Kind {
	case config.MailboxIMAP:
		return d.openIMAP(cfg, profile)
	case config.MailboxGmail:
		tokens, err := d.grant(ctx, cfg, "google", auth.GmailAPI)
		if err != nil {
			return nil, fmt.Errorf("mailbox.kind \"gmail\": %w", err)
		}
		return gmailbox.Open(gmailbox.Options{
			Tokens: tokens, Queue: m.Folders.Queue, QueueNow: m.Folders.QueueNow, Poll: m.Poll,
			After: d.clock.Wall().Add(-m.History), Profile: profile,
		})
	}
	box, err := maildir.Open(m.Path, maildir.Options{Names: folderNames(m.Folders), Poll: m.Poll, Now: d.clock.Wall, Profile: profile})
	if err != nil {
		return nil, fmt.Errorf("open mailbox %q: %w", m.Path, err)
	}
	return box, nil
}

// openIMAP makes a mailbox on a server. It does not connect: the service starts without a
// network, and says in its status what it waits for.
func (d *Daemon) openIMAP(cfg config.Config, profile mail.Profile) (mail.Mailbox, error) {
	s := cfg.Mailbox.Server
	if s.TLS == config.TLSPlain {
		return nil, errors.New("mailbox.tls \"plain\": headsup reads mail over TLS only; use \"implicit\" or \"starttls\"")
	}
	roots, err := trusted(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("mailbox.ca_file: %w", err)
	}
	secret, err := d.secretOf(cfg, s)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	box, err := imapbox.New(imapbox.Config{
		Addr: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), StartTLS: s.TLS == config.TLSStartTLS, Roots: roots, User: s.Username,
		Login: imapbox.Login{Mechanism: string(s.Auth), Secret: secret}, Folders: folderNames(cfg.Mailbox.Folders),
		Profile: profile, Poll: cfg.Mailbox.Poll, Log: d.log,
	})
	if err != nil {
		return nil, err
	}
	return box, nil
}

func folderNames(f config.Folders) map[mail.Folder]string {
	out := map[mail.Folder]string{}
	for folder, name := range map[mail.Folder]string{
		mail.Inbox: f.Inbox, mail.Drafts: f.Drafts, mail.Sent: f.Sent, mail.Queue: f.Queue, mail.QueueNow: f.QueueNow, mail.All: f.All,
	} {
		if name != "" {
			out[folder] = name
		}
	}
	return out
}

// openSubmitter makes the way that mail leaves by.
func (d *Daemon) openSubmitter(cfg config.Config) (mail.Submitter, error) {
	if s := d.opt.Parts.Submit; s != nil {
		return s, nil
	}
	s := cfg.Submission
	switch s.Kind {
	case config.SubmissionSendmail:
		return &submit.Sendmail{Command: s.Command, Dir: d.opt.Paths.State, Boot: d.clock.Boot}, nil
	case config.SubmissionSMTP:
		roots, err := trusted(s.Server.CAFile)
		if err != nil {
			return nil, fmt.Errorf("submission.ca_file: %w", err)
		}
		o := submit.Options{Host: s.Server.Host, Port: s.Server.Port, Security: security(s.Server.TLS), Roots: roots, Boot: d.clock.Boot, Hello: cfg.User.Address.Domain()}
		if s.Server.Auth != config.AuthNone {
			secret, err := d.secretOf(cfg, s.Server)
			if err != nil {
				return nil, fmt.Errorf("submission: %w", err)
			}
			o.Auth = login(secret, s.Server)
		}
		return submit.NewSMTP(o)
	case config.SubmissionGmail:
		tokens, err := d.grant(context.Background(), cfg, "google", auth.GmailAPI)
		if err != nil {
			return nil, fmt.Errorf("submission.kind \"gmail\": %w", err)
		}
		return gmailbox.NewSubmitter(gmailbox.Options{Tokens: tokens}, d.clock.Boot)
	}
	return nil, fmt.Errorf("submission.kind %q is not known", s.Kind)
}

func security(t config.TLSMode) submit.Security {
	switch t {
	case config.TLSStartTLS:
		return submit.StartTLS
	case config.TLSPlain:
		return submit.None
	}
	return submit.ImplicitTLS
}

// login makes the login of one connection. The secret is fetched for each anew, so that a
// changed password needs no restart.
func login(secret func(context.Context) (string, error), s config.Server) func(context.Context) (sasl.Client, error) {
	return func(ctx context.Context) (sasl.Client, error) {
		word, err := secret(ctx)
		if err != nil {
			return nil, err
		}
		switch s.Auth {
		case config.AuthOAuthBearer:
			return sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: s.Username, Token: word, Host: s.Host, Port: s.Port}), nil
		case config.AuthXOAuth2:
			return submit.XOAuth2(s.Username, word), nil
		}
		return sasl.NewPlainClient("", s.Username, word), nil
	}
}

// trusted are the system's roots and those of a file.
func trusted(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in " + file)
	}
	return pool, nil
}
