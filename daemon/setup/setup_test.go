package setup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"headsup/daemon/setup"
	"headsup/mail"
	"headsup/mail/mailboxtest"
)

func address(t *testing.T, s string) mail.Address {
	t.Helper()
	a, err := mail.ParseAddress(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
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
		{setup.DraftProbe(box, sam, "token-1", now, nil), setup.Well, "stored, found, read and removed"},
		{setup.DraftProbe(func(ctx context.Context) (mail.Mailbox, error) {
			b, err := box(ctx)
			return forgetful{b}, err
		}, sam, "token-1", now, nil), setup.Broken, "find the draft by its mark"},
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
