package mail_test

import (
	"strings"
	"testing"

	"headsup/mail"
)

func TestLookAlike(t *testing.T) {
	var known []mail.Address
	for _, s := range []string{"dana.reyes@example.com", "sam@modern-ink.example", "bill@google.example", "wendy@windows.example", "claire@paypal.example", "lee@example.org"} {
		known = append(known, addr(t, s))
	}
	// one line a known address: the forgeries of it
	forged := map[string]string{
		"dana.reyes@example.com": "dana.reyes@examp1e.com dana.reyes@exarnple.com dana-reyes@example.com danareyes@example.com dana_reyes@example.com " +
			"d4na.reyes@example.com dana.reye5@example.com dana.reyes@3xample.com dana.reyes@exampie.com dana.reyes@examp1e.c0m dana.reyes@ex-ample.com " +
			"dana.reyes@xn--xample-2of.com dana.reyes@xn--exampl-8of.com dana.reyes@xn--exmple-cua.com clana.reyes@example.com dana.reyes@example.corn",
		"sam@modern-ink.example": "sam@rnodern-ink.example sam@modem-ink.example sam@modernink.example 5am@modern-ink.example sam@modern-lnk.example sarn@modern-ink.example s4m@m0dern-ink.example",
		"bill@google.example":    "bi11@google.example bill@g00gle.example bill@goog1e.example biil@google.example 8ill@google.example bill@xn--ggle-55da.example bill@googie.example",
		"wendy@windows.example":  "vvendy@windows.example wendy@vvindows.example wendy@w1ndows.example weNdy@wind0ws.example wencly@windows.example",
		"claire@paypal.example":  "claire@paypa1.example c1aire@paypal.example dalre@paypal.example claire@xn--pypal-4ve.example claire@pay-pal.example cla1re@paypal.example",
		"lee@example.org":        "1ee@example.org lee@examp1e.org l33@example.org lee@exarnple.org iee@example.org l.e.e@example.org",
	}
	for want, list := range forged {
		for _, s := range strings.Fields(list) {
			got, ok := mail.LookAlike(addr(t, s), known)
			if !ok || got.String() != want {
				t.Errorf("%s: got %v %v, want %s", s, got, ok, want)
			}
		}
	}
	honest := "dana.reyes@example.com DANA.REYES@EXAMPLE.COM dana@example.com dana.reyes@example.net reyes.dana@example.com d.reyes@example.com kim@example.com " +
		"sam@modern-art.example sam@example.com sam@modern.example bob@google.example bill@goggle.example bill@google.test wendy@window.example " +
		"mandy@windows.example clara@paypal.example claire@paypal.test leo@example.org lea@example.org lee@example.net lee@xn--bcher-kva.example lee@xn--99999999.example"
	for _, s := range strings.Fields(honest) {
		if got, ok := mail.LookAlike(addr(t, s), known); ok {
			t.Errorf("%s is taken for %s", s, got)
		}
	}
}

// Every single exchange of the table, in every place of an address, is seen.
func TestLookAlikePairs(t *testing.T) {
	known := addr(t, "mallow.bird-guide@garden-sizes.wordle-media.example")
	n := 0
	for from, to := range map[string]string{"m": "rn", "l": "1", "o": "0", "b": "8", "i": "l", "d": "cl", "g": "9", "a": "4", "e": "3", "s": "5", "w": "vv", "z": "2", "-": "", ".bird": "bird"} {
		s := known.String()
		domain := strings.Index(s, "@")
		for i := range s {
			if !strings.HasPrefix(s[i:], from) || i > domain && strings.HasPrefix(s[i:], ".") {
				continue
			}
			forged := s[:i] + to + s[i+len(from):]
			n++
			if got, ok := mail.LookAlike(addr(t, forged), []mail.Address{known}); !ok || got != known {
				t.Errorf("%s is not seen as a forgery of %s", forged, known)
			}
		}
	}
	if n < 30 {
		t.Fatalf("only %d forgeries tried", n)
	}
}

func TestLookAlikeName(t *testing.T) {
	known := []mail.Party{
		{Name: "Dana Reyes", Address: addr(t, "dana@example.com")},
		{Name: "Dana Reyes", Address: addr(t, "dana@home.example")},
		{Address: addr(t, "nameless@example.com")},
	}
	for _, c := range []struct {
		name, address string
		want          bool
	}{
		{"Dana Reyes", "dana@evil.example", true},
		{"DANA REYES", "ceo@evil.example", true},
		{"Dаnа Rеyеs", "x@evil.example", true}, // Cyrillic а and е
		{"Dana\u200b Reyes", "x@evil.example", true},
		{"Dana Réyes", "x@evil.example", true},
		{"Dana Reyes", "DANA@home.example", false},
		{"Lee Park", "lee@example.com", false},
		{"", "x@evil.example", false},
	} {
		got, ok := mail.LookAlikeName(mail.Party{Name: c.name, Address: addr(t, c.address)}, known)
		if ok != c.want || ok && got != known[0] {
			t.Errorf("%q <%s>: %v %v", c.name, c.address, got, ok)
		}
	}
}

func FuzzSkeleton(f *testing.F) {
	f.Add("dana@xn--bcher-kva.example")
	f.Add("dana@xn--zzzzzzzzzzzzzzzzzzzz.example")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := mail.ParseAddress(s)
		if err != nil {
			return
		}
		if got, ok := mail.LookAlike(a, []mail.Address{a}); ok {
			t.Fatalf("%s looks like itself: %s", a, got)
		}
	})
}
