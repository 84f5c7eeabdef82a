package imapbox

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"headsup/mail"
	"headsup/mail/letter"
	"headsup/mail/mailboxtest"
)

// Before encryption, and without a certificate that fits, no secret leaves (S1-S4, C16).
func TestBadCertificates(t *testing.T) {
	good, goodRoots := certificate(t, "localhost", time.Now().Add(time.Hour))
	expired, expiredRoots := certificate(t, "localhost", time.Now().Add(-time.Hour))
	other, otherRoots := certificate(t, "mail.example.net", time.Now().Add(time.Hour))
	unknown, _ := certificate(t, "localhost", time.Now().Add(time.Hour))
	for name, c := range map[string]struct {
		server *fake
		words  string
	}{
		"expired":      {&fake{cert: expired, roots: expiredRoots}, "expired"},
		"other host":   {&fake{cert: other, roots: otherRoots}, "mail.example.net"},
		"unknown":      {&fake{cert: unknown, roots: goodRoots}, "unknown authority"},
		"old protocol": {&fake{cert: good, roots: goodRoots, version: tls.VersionTLS11}, "protocol version"},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.server
			config := f.start(t)
			_, err := Open(t.Context(), config)
			wantErr(t, err, c.words)
			if err == nil || f.verbs() != "" {
				t.Errorf("%v, and the server heard %q", err, f.verbs())
			}
		})
	}
}

func TestStartTLS(t *testing.T) {
	heard := make(chan string, 10)
	script := func(greeting, answer string) func(net.Conn) bool {
		return func(c net.Conn) bool {
			io.WriteString(c, greeting)
			line, _ := bufio.NewReader(io.LimitReader(c, 13)).ReadString('\n')
			heard <- line
			io.WriteString(c, answer)
			return strings.HasPrefix(answer, "S1 OK") && strings.Count(answer, "\n") == 1
		}
	}
	for name, c := range map[string]struct{ greeting, answer, words string }{
		"good":        {"* OK hi\r\n", "S1 OK go\r\n", ""},
		"preauth":     {"* PREAUTH you are in\r\n", "", "PREAUTH"},
		"bye":         {"* BYE no\r\n", "", "BYE"},
		"refused":     {"* OK hi\r\n", "S1 NO not today\r\n", "refuses to encrypt"},
		"unknown":     {"* OK hi\r\n", "S1 BAD what?\r\n", "refuses to encrypt"},
		"injected":    {"* OK hi\r\n", "S1 OK go\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n", "sent more than its answer"},
		"early":       {"* OK hi\r\n* CAPABILITY IMAP4rev1\r\n", "", "speaks before it is asked"},
		"endless":     {"* OK " + strings.Repeat("x", 1<<20), "", "EOF"},
		"escapes":     {"* NO \x1b[31mred\x07\r\n", "", `"* NO [31mred"`},
		"closed":      {"", "", ""},
		"alert first": {"* OK [ALERT] pay at example.net\r\n", "* OK [ALERT] x\r\nS1 NO x\r\n", "refuses to encrypt"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{plain: script(c.greeting, c.answer)}
			config := f.start(t)
			config.Timeout = time.Second
			box, err := Open(t.Context(), config)
			if name == "good" {
				if err != nil {
					t.Fatal(err)
				}
				box.Close()
				if f.count("CAPABILITY") == 0 || f.count("AUTHENTICATE") != 1 {
					t.Errorf("the server heard %s", f.verbs())
				}
				return
			}
			wantErr(t, err, c.words)
			if err == nil || f.verbs() != "" {
				t.Errorf("%v, and the server heard %q", err, f.verbs())
			}
			for range len(heard) {
				if line := <-heard; line != "S1 STARTTLS\r\n" && line != "" {
					t.Errorf("unencrypted: %q", line)
				}
			}
		})
	}
}

// No password where the server does not want one, one try where it says no, no
// referral followed (C16, C17).
func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		server *fake
		words  string
		login  bool // a LoginError
		heard  int  // times the server heard a secret
	}{
		"preauth":     {&fake{greeting: "* PREAUTH you are root\r\n"}, "PREAUTH", false, 0},
		"bye":         {&fake{greeting: "* BYE too many\r\n"}, "", false, 0}, // the text, or that the connection ended: whichever go-imap sees first
		"disabled":    {&fake{caps: "IMAP4rev1 LOGINDISABLED"}, "LOGINDISABLED", true, 0},
		"no xoauth2":  {&fake{}, "does not offer XOAUTH2", true, 0},
		"refused":     {&fake{say: answer("AUTHENTICATE", "T NO [AUTHENTICATIONFAILED] wrong \x1b[31m\r\n")}, `[AUTHENTICATIONFAILED]: "wrong [31m"`, true, 1},
		"referral":    {&fake{say: answer("AUTHENTICATE", "T NO [REFERRAL imap://evil.example.net/] go there\r\n")}, "REFERRAL", true, 1},
		"unavailable": {&fake{say: answer("AUTHENTICATE", "T NO [UNAVAILABLE] later\r\n")}, "UNAVAILABLE", false, 1},
		"plain login": {&fake{caps: "IMAP4rev1", say: answer("LOGIN", "T NO no\r\n")}, "the server says no", true, 1},
		"cut":         {&fake{say: answer("AUTHENTICATE", "")}, "EOF", false, 1},
		"garbage":     {&fake{greeting: "220 smtp.example.com ESMTP\r\n"}, "", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.server
			config := f.start(t)
			if name == "no xoauth2" {
				config.Login.Mechanism = "xoauth2"
			}
			b, err := Open(t.Context(), config)
			if err == nil {
				b.Close()
			}
			wantErr(t, err, c.words)
			var le *LoginError
			if errors.As(err, &le) != c.login {
				t.Errorf("is a login error: %v; %v", !c.login, err)
			}
			if n := f.count("AUTHENTICATE") + f.count("LOGIN"); n != c.heard {
				t.Errorf("the secret went %d times: %s", n, f.verbs())
			}
		})
	}
}

func answer(verb, text string) func(string, string) (string, bool) {
	return func(v, _ string) (string, bool) { return text, v == verb }
}

func TestLoginIsNotHammered(t *testing.T) {
	no := true
	f := &fake{}
	f.say = func(verb, _ string) (string, bool) {
		return "T NO [AUTHENTICATIONFAILED] no\r\n", no && verb == "AUTHENTICATE"
	}
	config := f.start(t)
	b, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for range 5 {
		_, err := b.List(t.Context(), mail.Drafts)
		wantErr(t, err, "AUTHENTICATIONFAILED")
	}
	if n := f.count("AUTHENTICATE"); n != 1 {
		t.Errorf("%d tries", n)
	}
}

// What comes in is bounded (C18).
func TestTooMuch(t *testing.T) {
	for name, c := range map[string]struct{ verb, text string }{
		"literal":       {"UIDFETCH", "* 1 FETCH (UID 1 BODY[HEADER] {4294967296}\r\nx"},
		"huge literal":  {"UIDFETCH", "* 1 FETCH (UID 1 BODY[HEADER] {99999999999999999999}\r\nx"},
		"brackets":      {"UIDFETCH", "* 1 FETCH " + strings.Repeat("(", 1_000_000)},
		"line":          {"EXAMINE", "* OK " + strings.Repeat("x", maxLine+1) + "\r\n"},
		"many uids":     {"UIDSEARCH", "* SEARCH" + strings.Repeat(" 7 9", 10_000) + " 1:4294967295\r\nT OK x\r\n"},
		"range of uids": {"UIDSEARCH", "* ESEARCH (TAG \"T\") UID ALL 1:4294967295\r\nT OK x\r\n"},
		"unknown":       {"UIDSEARCH", "* XSURPRISE 1\r\nT OK x\r\n"},
		"vanished":      {"UIDSEARCH", "* VANISHED (EARLIER) 1:5\r\nT OK x\r\n"},
		"nul":           {"UIDSEARCH", "* \x00\x00\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{say: answer(c.verb, c.text)}
			if strings.Contains(c.text, "ESEARCH") {
				f.caps = fakeCaps + " ESEARCH"
			}
			b := openBox(t, f.start(t))
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			hs, err := b.List(t.Context(), mail.Drafts)
			runtime.ReadMemStats(&after)
			if err == nil && name != "literal" && name != "huge literal" && name != "brackets" {
				t.Errorf("listed %+v", hs)
			}
			if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 400<<20 {
				t.Errorf("%d MB were allocated", grown>>20)
			}
		})
	}
	// a body larger than a message may be
	f := &fake{say: answer("UIDFETCH", fmt.Sprintf("* 1 FETCH (UID 1 BODY[] {%d}\r\n%s)\r\nT OK x\r\n", letter.MaxSize+100, strings.Repeat("x", letter.MaxSize+100)))}
	b := openBox(t, f.start(t))
	if _, err := b.Read(t.Context(), mail.Ref{Folder: mail.Drafts, Validity: "7", UID: "1"}); !errors.Is(err, letter.ErrLimit) {
		t.Errorf("%v", err)
	}
}

// One message that cannot be read hides no other (trap 3 of go-imap).
func TestUnreadableMessage(t *testing.T) {
	for name, text := range map[string]string{
		"unknown item": "* 3 FETCH (UID 3 X-GM-MSGID 4 BODY[HEADER] NIL)\r\n",
		"quote":        "* 3 FETCH (UID 3 ENVELOPE (\"a\" \"b\"c\" NIL))\r\n",
		"cut literal":  "* 3 FETCH (UID 3 BODY[HEADER] {10}\r\nabc)\r\n",
		"brackets":     "* 3 FETCH " + strings.Repeat("(", 100) + "\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{}
			f.say = func(verb, line string) (string, bool) {
				return fetchAll(line, func(uid int) string {
					if uid == 3 {
						return text
					}
					return ""
				}) + "T OK done\r\n", verb == "UIDFETCH"
			}
			b := openBox(t, f.start(t))
			for range 2 {
				hs, err := b.List(t.Context(), mail.Drafts)
				if err != nil || len(hs) != 5 {
					t.Fatalf("%+v, %v", hs, err)
				}
				for i, h := range hs {
					if h.Ref.UID != fmt.Sprint(i+1) || (h.Subject == "") != (i == 2) {
						t.Errorf("message %d is %+v", i+1, h)
					}
				}
			}
			var seen []string
			c, err := b.Since(t.Context(), mail.Drafts, "7:1", func(h mail.Header) error { seen = append(seen, h.Ref.UID); return nil })
			if err != nil || strings.Join(seen, " ") != "2 3 4 5" || c != "7:5" {
				t.Errorf("%v, %q, %v", seen, c, err)
			}
		})
	}
}

// APPEND that breaks at each place (C1-C3, C5).
func TestAppendFaults(t *testing.T) {
	for name, c := range map[string]struct {
		say     func(verb, line string) (string, bool)
		caps    string
		unknown bool
		words   string
	}{
		"cut before the literal": {say: answer("APPEND", ""), unknown: true},
		"over quota":             {say: answer("APPEND", "T NO [OVERQUOTA] full\r\n"), words: "OVERQUOTA"},
		"limit":                  {say: answer("APPEND", "T NO [LIMIT] too many\r\n"), words: "LIMIT"},
		"no such folder":         {say: answer("APPEND", "T NO [TRYCREATE] make it\r\n"), words: "TRYCREATE"},
		"garbage":                {say: answer("APPEND", "* WHAT\r\n"), unknown: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{say: c.say, caps: c.caps}
			b := openBox(t, f.start(t))
			_, err := b.Append(t.Context(), mail.Drafts, mailboxtest.Sample(1), mail.Flags{Draft: true})
			if err == nil || errors.Is(err, mail.ErrUnknownOutcome) != c.unknown || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%v", err)
			}
			if name == "no such folder" && !errors.Is(err, mail.ErrNoFolder) {
				t.Errorf("%v", err)
			}
			// the mailbox is usable again, on the same or on another connection
			if hs, err := b.List(t.Context(), mail.Sent); err != nil || len(hs) != 5 {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
	t.Run("context ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := &fake{}
		f.say = func(verb, _ string) (string, bool) {
			if verb == "APPEND" {
				cancel()
			}
			return "* ", verb == "APPEND"
		}
		b := openBox(t, f.start(t))
		if _, err := b.Append(ctx, mail.Drafts, mailboxtest.Sample(1), mail.Flags{}); !errors.Is(err, mail.ErrUnknownOutcome) || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	t.Run("queue is made", func(t *testing.T) {
		made := false
		f := &fake{}
		f.say = func(verb, line string) (string, bool) {
			switch {
			case verb == "CREATE":
				made = strings.Contains(line, `"Headsup"`) || strings.Contains(line, " Headsup")
			case verb == "LIST" && !made:
				return "* LIST () \"/\" INBOX\r\nT OK x\r\n", true
			}
			return "", false
		}
		b := openBox(t, f.start(t))
		if r, err := b.Append(t.Context(), mail.Queue, mailboxtest.Sample(1), mail.Flags{}); err != nil || r.UID != "6" || !made {
			t.Errorf("%+v, made %v, %v", r, made, err)
		}
	})
	t.Run("no UIDPLUS", func(t *testing.T) {
		f := &fake{caps: "IMAP4rev1 AUTH=PLAIN SASL-IR SPECIAL-USE LITERAL+", quiet: true}
		f.say = func(verb, line string) (string, bool) {
			switch verb {
			case "UIDSEARCH":
				if !strings.Contains(line, "X-Headsup-Token") && !strings.Contains(line, "Message-ID") {
					t.Errorf("searched for %s", line)
				}
				return "* SEARCH 4 5\r\nT OK x\r\n", true
			case "UIDFETCH":
				return fetchAll(line, func(uid int) string {
					head := "X-Headsup-Token: token-1\r\nMessage-ID: <n1@example.com>\r\n\r\n"
					return fmt.Sprintf("* %d FETCH (UID %d BODY[HEADER.FIELDS (FROM)] {%d}\r\n%s)\r\n", uid, uid, len(head), head)
				}) + "T OK x\r\n", true
			case "EXPUNGE", "UIDEXPUNGE":
				t.Errorf("%s on a server without UIDPLUS", line)
			}
			return "", false
		}
		b := openBox(t, f.start(t))
		r, err := b.Append(t.Context(), mail.Drafts, mailboxtest.Sample(1), mail.Flags{})
		if err != nil || r.UID != "5" {
			t.Errorf("appended at %+v, %v", r, err)
		}
		if moved, err := b.Move(t.Context(), r, mail.Sent); err != nil || moved.UID != "5" || f.count("UIDCOPY") != 1 || f.count("UIDSTORE") != 1 {
			t.Errorf("moved to %+v, %v: %s", moved, err, f.verbs())
		}
		if err := b.Remove(t.Context(), r); err != nil || f.count("UIDSTORE") != 2 {
			t.Errorf("removed: %v", err)
		}
	})
}

// A move or a removal that breaks has an unknown outcome; of what is not there, nothing
// is asked.
func TestChangeFaults(t *testing.T) {
	ref := mail.Ref{Folder: mail.Drafts, Validity: "7", UID: "1"}
	for _, verb := range []string{"UIDMOVE", "UIDSTORE", "UIDEXPUNGE"} {
		f := &fake{say: answer(verb, "")}
		b := openBox(t, f.start(t))
		err := b.Remove(t.Context(), ref)
		if verb == "UIDMOVE" {
			_, err = b.Move(t.Context(), mail.Ref{Folder: mail.Drafts, Validity: "7", UID: "2"}, mail.Queue)
		}
		if !errors.Is(err, mail.ErrUnknownOutcome) {
			t.Errorf("%s: %v", verb, err)
		}
	}
	f := &fake{say: answer("UIDFETCH", "T OK nothing\r\n")}
	b := openBox(t, f.start(t))
	if _, err := b.Move(t.Context(), ref, mail.Queue); !errors.Is(err, mail.ErrGone) {
		t.Errorf("move: %v", err)
	}
	if err := b.Remove(t.Context(), ref); !errors.Is(err, mail.ErrGone) {
		t.Errorf("remove: %v", err)
	}
	if n := f.count("UIDMOVE") + f.count("UIDSTORE") + f.count("UIDEXPUNGE"); n != 0 {
		t.Errorf("%d changes were asked for", n)
	}
}

// The UID may stand behind the text, although most servers write it first.
func TestLateUID(t *testing.T) {
	f := &fake{}
	f.say = func(verb, line string) (string, bool) {
		return fetchAll(line, func(uid int) string {
			head := fmt.Sprintf("Subject: late %d\r\n\r\ntext", uid)
			return fmt.Sprintf("* %d FETCH (BODY[HEADER.FIELDS (FROM)] {%d}\r\n%s UID %d)\r\n", uid, len(head), head, uid)
		}) + "T OK x\r\n", verb == "UIDFETCH"
	}
	b := openBox(t, f.start(t))
	hs, err := b.List(t.Context(), mail.Drafts)
	if err != nil || len(hs) != 5 || hs[4].Subject != "late 5" {
		t.Errorf("%+v, %v", hs, err)
	}
	if raw, err := b.Read(t.Context(), mail.Ref{Folder: mail.Drafts, Validity: "7", UID: "2"}); err != nil || !strings.HasSuffix(string(raw), "text") {
		t.Errorf("%q, %v", raw, err)
	}
}

// Searches that do not help (C11) end in an error, never in "not found".
func TestSearchFaults(t *testing.T) {
	many := "* SEARCH" + strings.Repeat(" 1", 1)
	for i := 2; i <= 10_000; i++ {
		many += fmt.Sprint(" ", i)
	}
	for name, text := range map[string]string{
		"no":       "T NO cannot\r\n",
		"bad":      "T BAD cannot\r\n",
		"cut":      "",
		"10,000":   many + "\r\nT OK x\r\n",
		"nonsense": "* SEARCH a b\r\nT OK x\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			b := openBox(t, (&fake{say: answer("UIDSEARCH", text)}).start(t))
			if refs, err := b.Find(t.Context(), mail.Sent, mail.Query{ID: "x@example.com"}); err == nil {
				t.Errorf("found %v without an error", refs)
			}
		})
	}
}

// A server that says nothing is left after the time that a command has (trap 2).
func TestStall(t *testing.T) {
	for _, verb := range []string{"CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", "UIDSEARCH", "UIDFETCH", "IDLE", "DONE"} {
		t.Run(verb, func(t *testing.T) {
			f := &fake{say: answer(verb, "* ")} // no line ever ends
			config := f.start(t)
			config.Timeout = 100 * time.Millisecond
			start := time.Now()
			b, err := Open(t.Context(), config)
			if err == nil {
				defer b.Close()
				if verb == "IDLE" || verb == "DONE" {
					for err == nil {
						err = b.Watch(t.Context(), mail.Queue)
					}
				} else {
					_, err = b.List(t.Context(), mail.Drafts)
				}
			}
			if err == nil || errors.Is(err, mail.ErrGone) {
				t.Errorf("%v", err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// Notices that were not asked for change nothing (C15), a goodbye in the middle only
// costs the connection (C10).
func TestUnasked(t *testing.T) {
	noise := "* 99 EXISTS\r\n* 1 EXPUNGE\r\n* 2 FETCH (FLAGS (\\Deleted) UID 2)\r\n* OK [ALERT] \x1b]0;x\x07 call now\r\n* 3 RECENT\r\n* FLAGS (\\Seen)\r\n"
	f := &fake{}
	f.say = func(verb, line string) (string, bool) {
		switch verb {
		case "UIDSEARCH":
			return noise + "* SEARCH 1 2 3 4 5\r\n" + noise + "T OK x\r\n", true
		case "UIDFETCH":
			return noise + fetchAll(line, func(int) string { return "" }) + noise + "T OK x\r\n", true
		}
		return "", false
	}
	b := openBox(t, f.start(t))
	if hs, err := b.List(t.Context(), mail.Drafts); err != nil || len(hs) != 5 || hs[1].Flags.Deleted || hs[1].Subject != "number 2" {
		t.Errorf("%+v, %v", hs, err)
	}

	bye := true
	f = &fake{}
	f.say = func(verb, _ string) (string, bool) {
		if verb == "UIDSEARCH" && bye {
			bye = false
			return "* BYE maintenance\r\n", true
		}
		return "", false
	}
	config := f.start(t)
	config.Timeout = 300 * time.Millisecond
	b = openBox(t, config)
	b.List(t.Context(), mail.Drafts)
	if hs, err := b.List(t.Context(), mail.Drafts); err != nil || len(hs) != 5 {
		t.Errorf("after a goodbye: %v", err)
	}
}

// IDLE that never tells anything (C20): the change is found by looking.
func TestSilentIdle(t *testing.T) {
	changes := 0
	f := &fake{}
	f.say = func(verb, _ string) (string, bool) {
		if verb == "EXAMINE" {
			changes++
			if changes > 3 {
				return "* 6 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 7] x\r\n* OK [HIGHESTMODSEQ 2] x\r\nT OK x\r\n", true
			}
		}
		return "", false
	}
	b := openBox(t, f.start(t))
	for range 2 { // the first tells that it began
		if err := b.Watch(t.Context(), mail.Queue, mail.Drafts); err != nil {
			t.Fatal(err)
		}
	}
	if f.verbs() == "" || changes < 4 {
		t.Errorf("%d looks", changes)
	}
}

func TestFoldersUnclear(t *testing.T) {
	for name, c := range map[string]struct{ list, words string }{
		"none":    {"* LIST () \"/\" INBOX\r\n* LIST () \"/\" Drafts\r\n* LIST () \"/\" \"Entw&APw-rfe\"\r\n", `which folder is "drafts"? The server marks none. There are: Drafts, Entwürfe, INBOX. Name it in the configuration`},
		"several": {"* LIST (\\Drafts) \"/\" A\r\n* LIST (\\Drafts) \"/\" B\r\n", `which folder is "drafts"? The server marks several: A, B. There are: A, B.`},
	} {
		f := &fake{say: answer("LIST", c.list+"T OK x\r\n")}
		b := openBox(t, f.start(t))
		_, err := b.List(t.Context(), mail.Drafts)
		var fe *FolderError
		if !errors.As(err, &fe) || !errors.Is(err, mail.ErrNoFolder) {
			t.Errorf("%s: %v", name, err)
		}
		wantErr(t, err, c.words)
	}
	// a list that the library cannot read leaves what is configured
	odd := &fake{say: answer("LIST", "* LIST () \"/\" {6}\r\n\x1b[31mx\r\nT OK x\r\n")}
	blind := odd.start(t)
	blind.Folders = map[mail.Folder]string{mail.Drafts: "Entw"}
	box := openBox(t, blind)
	for n := range 3 {
		if _, err := box.List(t.Context(), mail.Drafts); err != nil && n == 2 {
			t.Errorf("call %d: %v", n, err)
		}
	}
	_, err := box.List(t.Context(), mail.Sent)
	wantErr(t, err, "name the folders in the configuration")
	// a configured name is taken, one that does not exist is said
	f := &fake{say: answer("LIST", "* LIST () \".\" INBOX\r\n* LIST () \".\" INBOX.Entw\r\nT OK x\r\n")}
	config := f.start(t)
	config.Folders = map[mail.Folder]string{mail.Drafts: "INBOX.Entw", mail.Sent: "INBOX.Sent"}
	b := openBox(t, config)
	if _, err := b.List(t.Context(), mail.Drafts); err != nil {
		t.Error(err)
	}
	_, err = b.List(t.Context(), mail.Sent)
	wantErr(t, err, `The configured "INBOX.Sent" does not exist`)
}

// A SASL exchange that fails costs its connection at once (trap 4).
func TestXOAuth2(t *testing.T) {
	var got string
	f := &fake{caps: fakeCaps + " AUTH=XOAUTH2"}
	f.say = func(verb, line string) (string, bool) {
		if verb != "AUTHENTICATE" {
			return "", false
		}
		b, _ := base64.StdEncoding.DecodeString(strings.Fields(line)[2])
		got = string(b)
		return "+ " + base64.StdEncoding.EncodeToString([]byte(`{"status":"401"}`)) + "\r\n", true
	}
	config := f.start(t)
	config.Login.Mechanism = "xoauth2"
	start := time.Now()
	_, err := Open(t.Context(), config)
	var le *LoginError
	if !errors.As(err, &le) || time.Since(start) > 4*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	wantErr(t, err, "401")
	if got != "user=sam@example.com\x01auth=Bearer "+canary+"\x01\x01" {
		t.Errorf("sent %q", got)
	}
}

func TestNoLeak(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent()) // hostile servers of other tests leave some in the library
	t.Run("use", func(t *testing.T) {
		b := openBox(t, (&fake{}).start(t))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			var err error
			for err == nil {
				err = b.Watch(ctx, mail.Queue)
			}
			done <- err
		}()
		if _, err := b.List(ctx, mail.Drafts); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
