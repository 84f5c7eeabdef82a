package backtest

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/mailboxtest"
	"headsup/rules/rhythm"
)

func expNeg(z float64) float64 { return math.Exp(-z) }

// habits is half a year of a manager who writes in the given hours of working days, and
// of a user who writes at one hour.
func habits(hours []int, userHour int) History {
	rnd := rand.New(rand.NewPCG(9, 9))
	h := History{Manager: "Dana Reyes", Zone: time.UTC, From: monday, Until: monday.AddDate(0, 0, 26*7)}
	for day := range 26 * 7 {
		if day%7 >= 5 {
			continue
		}
		midnight := monday.AddDate(0, 0, day)
		for _, hour := range hours {
			h.Seen = append(h.Seen, rhythm.Seen{At: midnight.Add(time.Duration(hour)*time.Hour + time.Duration(rnd.IntN(3600))*time.Second)})
		}
		h.Sent = append(h.Sent, midnight.Add(time.Duration(userHour)*time.Hour+time.Duration(rnd.IntN(3600))*time.Second))
	}
	return h
}

// spells is a manager who writes in two spells of eight mails a day, at any hour between 8
// and 18.
func spells() History {
	h := habits(nil, 9)
	for _, hour := range []int{11, 13, 15} {
		h.Sent = append(h.Sent, habits(nil, hour).Sent...)
	}
	rnd := rand.New(rand.NewPCG(5, 9))
	for day := range 26 * 7 {
		for range 2 {
			at := monday.AddDate(0, 0, day).Add(8*time.Hour + time.Duration(rnd.IntN(10*3600))*time.Second)
			for i := range 8 {
				h.Seen = append(h.Seen, rhythm.Seen{At: at.Add(time.Duration(i) * 8 * time.Minute)})
			}
		}
	}
	return h
}

func TestRunHistory(t *testing.T) {
	always := habits([]int{8, 8, 9, 9, 9, 10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 11, 12, 12, 12, 12, 13, 13, 14}, 11)
	thin := habits([]int{10}, 11)
	thin.Seen = thin.Seen[:7]
	few := habits([]int{10}, 11)
	few.Sent = few.Sent[len(few.Sent)-20:]
	for _, c := range []struct {
		name string
		h    History
		want string
	}{
		{"in spells", spells(), "headsup helps"},
		{"always there", always, "headsup does not help"},
		{"seven mails", thin, "I do not know enough yet: 7 mails of theirs were seen, 20 are needed"},
		{"few messages", few, "of your messages to them can be replayed, 30 are needed"},
	} {
		rep, err := RunHistory(context.Background(), []History{c.h}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := rep.Managers[0].Verdict; !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		var text bytes.Buffer
		if err := rep.Text(&text); err != nil || !strings.Contains(text.String(), rep.Managers[0].Verdict) {
			t.Errorf("%s: the text does not say so (%v)", c.name, err)
		}
		if thin := rep.Managers[0].Thin != ""; thin == (len(rep.Managers[0].Results) > 0) {
			t.Errorf("%s: thin %v with %d results", c.name, thin, len(rep.Managers[0].Results))
		}
	}
}

func TestRunHistoryOfNothing(t *testing.T) {
	rep, err := RunHistory(context.Background(), []History{{Manager: "Dana Reyes", From: monday, Until: monday}}, Options{})
	if err != nil || rep.Managers[0].Thin == "" {
		t.Errorf("%+v, %v", rep, err)
	}
}

func TestReadMailbox(t *testing.T) {
	now := monday.AddDate(0, 0, 30)
	box := mailboxtest.NewMemory(mailboxtest.Provider{}, func() time.Time { return now })
	dana, err := mail.ParseAddress("dana@example.com")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	deliver := func(f mail.Folder, day int, from, to, extra string) {
		n++
		at := monday.AddDate(0, 0, day).In(time.FixedZone("", 2*3600))
		raw := fmt.Sprintf("From: %s\r\nTo: %s\r\nDate: %s\r\nMessage-ID: <%d@example.com>\r\n%sSubject: x\r\n\r\nx\r\n", from, to, at.Format(time.RFC1123Z), n, extra)
		now = monday.AddDate(0, 0, day)
		if _, err := box.Deliver(f, []byte(raw), mail.Flags{}); err != nil {
			t.Fatal(err)
		}
		now = monday.AddDate(0, 0, 30)
	}
	deliver(mail.Inbox, 1, "Dana <Dana@Example.com>", "sam@example.com", "")
	deliver(mail.Inbox, 2, "dana@example.com", "sam@example.com", "Auto-Submitted: auto-replied\r\n")
	deliver(mail.Inbox, 3, "dana@example.com", "all@example.com", "List-Id: <all.example.com>\r\n")
	deliver(mail.Inbox, 4, "other@example.com", "sam@example.com", "")
	deliver(mail.Inbox, -9, "dana@example.com", "sam@example.com", "")
	deliver(mail.Sent, 5, "sam@example.com", "dana@example.com, dana@example.com", "")
	deliver(mail.Sent, 6, "sam@example.com", "other@example.com", "")
	got, err := ReadMailbox(context.Background(), box, []Person{{Name: "Dana Reyes", Addresses: []mail.Address{dana}, Zone: time.UTC}}, monday, now)
	if err != nil {
		t.Fatal(err)
	}
	h := got[0]
	if len(h.Seen) != 1 || !h.Seen[0].At.Equal(monday.AddDate(0, 0, 1)) || h.Seen[0].Offset != 120 {
		t.Errorf("seen %v, want one mail of the day after", h.Seen)
	}
	if len(h.Sent) != 1 || !h.Sent[0].Equal(monday.AddDate(0, 0, 5)) {
		t.Errorf("sent %v, want one", h.Sent)
	}
	if !h.From.Equal(monday.AddDate(0, 0, 1)) {
		t.Errorf("the mailbox reaches back to %v", h.From)
	}
}
