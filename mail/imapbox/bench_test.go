package imapbox

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"headsup/mail"
	"headsup/mail/dovecot"
	"headsup/mail/mailboxtest"
)

// BenchmarkGesture measures from the moment in which another client's MOVE is answered
// to the moment in which the message is listed in the queue, with IDLE and without.
func BenchmarkGesture(b *testing.B) {
	for _, mode := range []string{"idle", "poll"} {
		b.Run(mode, func(b *testing.B) {
			o := dovecot.Options{}
			if mode == "poll" {
				o.Extra = "imap_capability = IMAP4rev1 SASL-IR LITERAL+ UIDPLUS MOVE SPECIAL-USE CONDSTORE"
			}
			s := mailboxtest.StartDovecot(b, o)
			c := config(s)
			c.Poll = 2 * time.Second
			box := openBox(b, c)
			ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
			seen := make(chan time.Time, 1)
			ended := make(chan struct{})
			go func() { // as the daemon does: wait, list, wait
				defer close(ended)
				count := 0
				for box.Watch(ctx, mail.Queue, mail.Drafts) == nil {
					if hs, err := box.List(ctx, mail.Queue); err == nil && len(hs) > count {
						count = len(hs)
						seen <- time.Now()
					}
				}
			}()
			defer func() { cancel(); <-ended }()
			other := client(b, s)
			var took []time.Duration
			n := 0
			for b.Loop() {
				n++
				r := put(b, box, mail.Drafts, n)
				if _, err := other.Select("Drafts", nil).Wait(); err != nil {
					b.Fatal(err)
				}
				<-time.After(time.Duration(300+rand.IntN(700)) * time.Millisecond) // a person moves it some time later
				if _, err := other.Move(imap.UIDSetNum(number(r)), "Headsup").Wait(); err != nil {
					b.Fatal(err)
				}
				moved := time.Now()
				took = append(took, (<-seen).Sub(moved))
			}
			slices.Sort(took)
			b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms/p50")
			b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "ms/p99")
		})
	}
}
