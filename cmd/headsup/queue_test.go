package main

import (
	"strings"
	"testing"
	"time"

	"headsup/daemon/config"
	"headsup/daemon/control"
	"headsup/daemon/ledger"
	"headsup/rules"
)

// TestShowTellsWhatToCheck: before a yes the user sees what was carried over, what
// contradicts an earlier recap and what has no owner or day; none of it is in the mail.
func TestShowTellsWhatToCheck(t *testing.T) {
	a, out := screen(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC))
	a.showDetail(control.Detail{
		Message: control.Message{ID: 7, State: ledger.Drafted, Kind: rules.Recap, Priority: rules.Normal, Subject: "Re: Recap: Pilot", Content: strings.Repeat("ab", 32)},
		Text:    "Hi Dana,\n\nDecided\n- We wait\n",
		Check: []rules.Reason{
			{Code: "check", Text: `on 3 March 2026 you recorded the opposite: "We go"`},
			{Code: "carried", Text: "still open since an earlier recap: action: Mia: Send the figures"},
			{Code: "check", Text: "nobody owns \"book\x1b[31m the hall\" and it has no date (two.md:8)"},
		},
	})
	const want = `message:  7, drafted, recap, normal
subject:  Re: Recap: Pilot
content:  abababababab

Hi Dana,

Decided
- We wait

in the mail because it is still open from last time:
  - still open since an earlier recap: action: Mia: Send the figures

please look at this before you say yes:
  - on 3 March 2026 you recorded the opposite: "We go"
  - nobody owns "book\x1b[31m the hall" and it has no date (two.md:8)
`
	if got := out.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestShowSaysHowToSayYes: who reads a draft sees the command that approves just that
// content; what is decided already needs none.
func TestShowSaysHowToSayYes(t *testing.T) {
	for state, want := range map[ledger.State]string{
		ledger.Drafted:   "\nsay yes with: headsup queue approve 7 --content abababababab\n",
		ledger.Scheduled: "",
	} {
		a, out := screen(time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC))
		a.showYes(control.Message{ID: 7, State: state, Content: strings.Repeat("ab", 32)})
		if got := out.String(); got != want {
			t.Errorf("%s: got %q, want %q", state, got, want)
		}
	}
}

// TestCheckNamesTheMailboxThatIsUsed: the default of a Maildir is not shown where the
// mail is on a server.
func TestCheckNamesTheMailboxThatIsUsed(t *testing.T) {
	for want, box := range map[string]config.Mailbox{
		"imap imap.example.com":     {Kind: config.MailboxIMAP, Path: "/home/sam/Maildir", Server: config.Server{Host: "imap.example.com"}},
		"maildir /home/sam/Mail":    {Kind: config.MailboxMaildir, Path: "/home/sam/Mail"},
		string(config.MailboxGmail): {Kind: config.MailboxGmail, Path: "/home/sam/Maildir"},
	} {
		if got := mailboxWords(config.Config{Mailbox: box}); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
