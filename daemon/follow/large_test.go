package follow

import (
	"context"
	"strings"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/mail"
	"headsup/mail/letter"
)

// bounded is a mailbox that reads no mail beyond the limit, as all the real ones.
type bounded struct{ mail.Mailbox }

func (b bounded) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	raw, err := b.Mailbox.Read(ctx, r)
	if len(raw) > letter.MaxSize {
		return nil, letter.ErrLimit
	}
	return raw, err
}

// TestLargeMailStopsNothing: a mail that is too large to be read is no reason to look at no
// other any more, wherever it lies.
func TestLargeMailStopsNothing(t *testing.T) {
	large := strings.Repeat(strings.Repeat("x", 76)+"\r\n", letter.MaxSize/78+1)
	for name, row := range map[string]struct {
		folder mail.Folder
		fields []string
		told   string
	}{
		"a report":           {mail.Inbox, []string{"From: MAILER-DAEMON@example.com", "Content-Type: multipart/report; report-type=delivery-status; boundary=b"}, "too large"},
		"an automatic reply": {mail.Inbox, []string{"From: dana@example.com", "Auto-Submitted: auto-replied"}, ""},
		"in Headsup":         {mail.Queue, []string{"From: sam@example.com", "To: dana@example.com"}, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.s.opt.Mailbox = bounded{b.box}
			b.s.opt.Away = func(context.Context, ledger.Absence) error { return nil }
			fields := append(row.fields, "Message-ID: <large@example.com>", "Date: "+b.now.Format(time.RFC1123Z), "Subject: Large", "", large)
			if _, err := b.box.Deliver(row.folder, []byte(strings.Join(fields, "\r\n")), mail.Flags{}); err != nil {
				t.Fatal(err)
			}
			b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget")
			b.letter(mail.Inbox, "dana@example.com", "sam@example.com", "Hello")
			b.step(time.Second)
			if list := b.all(); len(list) != 1 || list[0].Subject != "Budget" || list[0].State != ledger.Approved || len(b.seen) != 1 {
				t.Errorf("%d messages, %d times of the manager seen", len(list), len(b.seen))
			}
			if told := strings.Join(b.told, "\n"); !strings.Contains(told, row.told) || row.told == "" && told != "" {
				t.Errorf("told %q", told)
			}
		})
	}
}

// TestHeldAndUnreadable: a draft that cannot be read for a while and then can again does not
// let go what a person holds.
func TestHeldAndUnreadable(t *testing.T) {
	b := newBench(t)
	at := b.letter(mail.Queue, "sam@example.com", "dana@example.com", "Budget")
	b.step(time.Second)
	m := b.all()[0]
	mine := ledger.Hold{Code: ledger.HoldUser, Text: "not yet"}
	if _, err := b.st.Apply(t.Context(), b.now, m.ID, ledger.Keep(mine, "user")); err != nil {
		t.Fatal(err)
	}
	whole := b.s.opt.Mailbox
	b.s.opt.Mailbox = torn{whole, at}
	b.step(time.Minute)
	b.s.opt.Mailbox = whole
	b.step(time.Minute)
	if got := b.all()[0]; got.State != ledger.Approved || got.Hold != mine {
		t.Errorf("state %s, hold %+v", got.State, got.Hold)
	}
}

// torn is a mailbox that gives something for one mail that is none.
type torn struct {
	mail.Mailbox
	at mail.Ref
}

func (t torn) Read(ctx context.Context, r mail.Ref) ([]byte, error) {
	raw, err := t.Mailbox.Read(ctx, r)
	if r == t.at {
		raw = make([]byte, letter.MaxSize+1)
	}
	return raw, err
}
