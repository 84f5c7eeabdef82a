package setup_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/daemon/config"
	"headsup/daemon/setup"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

// dns is a resolver with a few records.
type dns struct {
	srv map[string][]*net.SRV
	mx  map[string][]*net.MX
}

func (d dns) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if list, ok := d.srv["_"+service+"._"+proto+"."+name]; ok {
		return "", list, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (d dns) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	if list, ok := d.mx[name]; ok {
		return list, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func address(t *testing.T, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDiscover(t *testing.T) {
	d := dns{srv: map[string][]*net.SRV{
		"_imaps._tcp.example.com":       {{Target: "Mail.example.com.", Port: 993}},
		"_submissions._tcp.example.com": {{Target: "mail.example.com.", Port: 465}},
		"_imap._tcp.example.net":        {{Target: "imap.hoster.example.org.", Port: 143}},
		"_imaps._tcp.example.net":       {{Target: ".", Port: 0}},
		"_submission._tcp.example.net":  {{Target: "smtp.hoster.example.org.", Port: 587}},
		"_imaps._tcp.odd.example":       {{Target: "x y\r\n.", Port: 993}},
		"_submissions._tcp.odd.example": {{Target: "mail.odd.example.", Port: 465}},
	}, mx: map[string][]*net.MX{
		"work.example":  {{Host: "work-example.mail.protection.outlook.com.", Pref: 0}},
		"notgoogle.com": {{Host: "evilgoogle.com.", Pref: 0}},
	}}
	rows := []struct{ address, imap, smtp, ask, fails string }{
		{"sam@gmail.com", "imap.gmail.com:993 (implicit)", "smtp.gmail.com:465 (implicit)", "[]", ""},
		{"sam@icloud.com", "imap.mail.me.com:993 (implicit)", "smtp.mail.me.com:587 (starttls)", "[]", ""},
		{"sam@pm.me", "127.0.0.1:1143 (starttls)", "127.0.0.1:1025 (starttls)", "[]", ""},
		{"sam@example.com", "mail.example.com:993 (implicit)", "mail.example.com:465 (implicit)", "[]", ""},
		{"sam@example.net", "imap.hoster.example.org:143 (starttls)", "smtp.hoster.example.org:587 (starttls)", "[imap.hoster.example.org smtp.hoster.example.org]", ""},
		{"sam@work.example", "outlook.office365.com:993 (implicit)", "smtp.office365.com:587 (starttls)", "[]", ""},
		{"sam@notgoogle.com", "", "", "", "nobody that headsup knows"},
		{"sam@odd.example", "", "", "", "which is no host"},
		{"sam@example.org", "", "", "", "ask your provider"},
	}
	for _, row := range rows {
		got, err := setup.Discover(t.Context(), d, address(t, row.address))
		if row.fails != "" {
			if !errors.Is(err, setup.ErrNotFound) || !strings.Contains(err.Error(), row.fails) {
				t.Errorf("%s: %v", row.address, err)
			}
			continue
		}
		if err != nil || got.Provider.IMAP.String() != row.imap || got.Provider.SMTP.String() != row.smtp || fmt.Sprint(got.Ask) != row.ask {
			t.Errorf("%s: %+v, %v", row.address, got, err)
		}
	}
}

// Every provider's configuration is one that headsup takes.
func TestConfigIsUnderstood(t *testing.T) {
	for _, p := range setup.Providers() {
		for _, secret := range []string{setup.SecretIn("file", `~/a "b"\c`), setup.SecretFrom("pass", "show", "mail"), setup.SecretIn("keyring", "headsup/sam@example.com")} {
			text, err := setup.ConfigText(setup.Answers{Address: address(t, "sam@example.com"), Name: "Sam \"S\" Okafor\n", Zone: "Europe/Berlin", Managers: []mail.Address{address(t, "dana@example.com"), address(t, "kim@example.com")},
				Account: setup.Account{Provider: p, How: "because\nuser.address = 1"}, Secret: secret, Notes: `/home/sam/not"es`})
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "headsup", "config.toml")
			if err := setup.WriteConfig(path, text); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(config.Options{File: path, Home: t.TempDir()})
			if err != nil {
				t.Errorf("%s:\n%v\n%s", p.Name, err, text)
				continue
			}
			if cfg.Submission.Server.Host != p.SMTP.Name || cfg.Submission.Server.Port != p.SMTP.Port || cfg.Mailbox.Server.Host != p.IMAP.Name || string(cfg.Submission.Server.Auth) != p.Auth || len(cfg.Managers) != 2 {
				t.Errorf("%s: read as %+v", p.Name, cfg.Submission)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if err := setup.WriteConfig(path, text); !errors.Is(err, setup.ErrExists) {
				t.Errorf("written twice: %v", err)
			}
		}
	}
	if _, err := setup.ConfigText(setup.Answers{}); err == nil {
		t.Error("a configuration for nobody")
	}
}

func TestExamine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		checks := setup.Examine(t.Context(), []setup.Probe{
			{Name: "well", Mend: "not needed", Look: func(context.Context) setup.Finding { return setup.Found(nil, "fine") }},
			{Name: "broken", Mend: "mend it", Look: func(context.Context) setup.Finding { return setup.Found(errors.New("no"), "") }},
			{Name: "hangs", Limit: time.Second, Look: func(ctx context.Context) setup.Finding {
				<-ctx.Done()
				<-time.After(time.Minute)
				return setup.Finding{}
			}},
			{Name: "panics", Look: func(context.Context) setup.Finding { panic("oh") }},
		})
		want := "[{well well fine } {broken broken no mend it} {hangs unknown no answer within 1s } {panics unknown the check itself failed: oh please report this}]"
		if got := fmt.Sprint(checks); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if w := setup.Worst(checks); w != setup.Broken {
			t.Errorf("worst is %s", w)
		}
		<-time.After(2 * time.Minute)
	})
}

func TestProbes(t *testing.T) {
	dir := t.TempDir()
	open, shut := filepath.Join(dir, "open"), filepath.Join(dir, "shut")
	if err := errors.Join(os.WriteFile(open, nil, 0o644), os.Chmod(open, 0o644), os.WriteFile(shut, nil, 0o600), os.Symlink(shut, filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	clock := func(off time.Duration) setup.Probe {
		return setup.ClockProbe(func(context.Context) (time.Time, time.Time, error) { return now, now.Add(off), nil })
	}
	submission := func(r mail.Result) setup.Probe {
		return setup.SubmissionProbe(func(context.Context) mail.Result { return r })
	}
	rows := []struct {
		probe setup.Probe
		state setup.State
		says  string
	}{
		{setup.FileProbe("state", shut, false), setup.Well, "shut"},
		{setup.FileProbe("state", open, false), setup.Broken, "mode 0644"},
		{setup.FileProbe("state", filepath.Join(dir, "link"), false), setup.Broken, "symbolic link"},
		{setup.FileProbe("state", filepath.Join(dir, "none"), false), setup.Broken, "no such file"},
		{setup.FileProbe("state", filepath.Join(dir, "none"), true), setup.Well, "not there yet"},
		{setup.ProgramProbe("sendmail", "/nowhere/sendmail"), setup.Broken, "nowhere"},
		{setup.ProgramProbe("sh", "sh"), setup.Well, "sh"},
		{clock(time.Minute), setup.Well, "1m0s"},
		{clock(-3 * time.Minute), setup.Broken, "-3m0s"},
		{setup.AgeProbe("calendar", now.Add(-time.Hour), now, 2*time.Hour), setup.Well, "1h0m0s ago"},
		{setup.AgeProbe("calendar", now.Add(-3*time.Hour), now, 2*time.Hour), setup.Warning, "working hours"},
		{setup.AgeProbe("calendar", now.Add(-3*time.Hour), now, 0), setup.Well, "3h"},
		{setup.AgeProbe("calendar", time.Time{}, now, time.Hour), setup.Broken, "never read"},
		{submission(mail.Result{Reply: "hello"}), setup.Well, "hello"},
		{submission(mail.Result{Err: errors.New("535"), Account: true}), setup.Broken, "535"},
		{submission(mail.Result{Err: errors.New("refused")}), setup.Warning, "refused"},
		{setup.MailboxProbe(func(context.Context) (mail.Mailbox, error) { return nil, errors.New("no route") }), setup.Broken, "no route"},
		{setup.MailboxProbe(func(context.Context) (mail.Mailbox, error) {
			return mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now), nil
		}), setup.Well, "drafts (0)"},
	}
	box := func(context.Context) (mail.Mailbox, error) {
		return mailboxtest.NewMemory(mailboxtest.Provider{}, time.Now), nil
	}
	sam := mail.Party{Name: "Sam Okafor", Address: address(t, "sam@example.com")}
	rows = append(rows, []struct {
		probe setup.Probe
		state setup.State
		says  string
	}{
		{setup.DraftProbe(box, sam, "token-1", now), setup.Well, "stored, found, read and removed"},
		{setup.DraftProbe(func(ctx context.Context) (mail.Mailbox, error) {
			b, err := box(ctx)
			return forgetful{b}, err
		}, sam, "token-1", now), setup.Broken, "find the draft by its mark"},
	}...)
	for _, row := range rows {
		got := setup.Examine(t.Context(), []setup.Probe{row.probe})[0]
		if got.State != row.state || !strings.Contains(got.Detail, row.says) || (got.State == setup.Well) != (got.Mend == "") {
			t.Errorf("%s: got %+v, want %s with %q", row.probe.Name, got, row.state, row.says)
		}
	}
}

// forgetful is a mailbox whose search finds nothing.
type forgetful struct{ mail.Mailbox }

func (forgetful) Find(context.Context, mail.Folder, mail.Query) ([]mail.Ref, error) { return nil, nil }
