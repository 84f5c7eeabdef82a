//go:build !race

// Not under the race detector: when a hostile server sends a literal that nobody reads,
// go-imap discards it on one goroutine while its reader goes on on another. The session
// is closed right after, and ten thousand of them end well; the detector, rightly,
// reports the library. See docs/decisions/imapbox.md.

package imapbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"headsup/mail"
	"headsup/mail/mailboxtest"
)

var sessions = flag.Int("sessions", 10_000, "sessions with a server that answers random grammar")

// babbler is a server that answers each line with random pieces of the grammar, often
// almost right, and drops the connection when it has said enough.
type babbler struct {
	r     *rand.Rand
	lines int // answers before it hangs up
}

func (b *babbler) pick(list ...string) string { return list[b.r.IntN(len(list))] }

func (b *babbler) number() string {
	return b.pick("0", "1", "2", "5", "7", "4294967295", "4294967296", "-1", "18446744073709551616", "007", "1:*", "*", "1:4294967295")
}

func (b *babbler) value(depth int) string {
	if depth > 4 {
		return "NIL"
	}
	switch b.r.IntN(12) {
	case 0:
		return "NIL"
	case 1:
		return b.number()
	case 2:
		return `"` + b.pick("", "x", `\"`, `a"b`, "\x00", "&AOk-", "&", "é", strings.Repeat("y", 300)) + `"`
	case 3:
		var out []string
		for range b.r.IntN(4) {
			out = append(out, b.value(depth+1))
		}
		return "(" + strings.Join(out, " ") + b.pick(")", ")", ")", "", "))")
	case 4:
		body := b.pick("", "From: a@example.com\r\n\r\n", "Subject: x\r\nMessage-ID: <n1@example.com>\r\n\r\n", strings.Repeat("z", 500), "\r\n\r\n")
		n := b.pick(fmt.Sprint(len(body)), fmt.Sprint(len(body)), "0", "9", "4294967296", "x", "")
		return "{" + n + b.pick("}\r\n", "+}\r\n", "}\n", "}") + body
	case 5:
		return b.pick(`\Seen`, `\Drafts`, `\Sent`, `\*`, "$X", "atom", "BODY[HEADER.FIELDS (FROM)]", "BODY[]", "UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "MODSEQ")
	case 6:
		return `"24-Nov-2026 10:35:00 +0100"`
	}
	return b.pick("UID ", "FLAGS ", "BODY[] ", "BODY[HEADER.FIELDS (FROM)] ", "X-GM-MSGID ", "") + b.number()
}

func (b *babbler) data() string {
	switch b.r.IntN(10) {
	case 0:
		return "* " + b.number() + " EXISTS\r\n"
	case 1:
		return "* " + b.pick("OK", "NO", "BAD", "BYE", "PREAUTH") + " [" + b.pick("UIDVALIDITY ", "UIDNEXT ", "COPYUID ", "APPENDUID ", "CAPABILITY ", "ALERT", "PERMANENTFLAGS ", "HIGHESTMODSEQ ", "REFERRAL ") + b.pick(b.number(), b.number()+" "+b.number()+" "+b.number(), "") + "] text\r\n"
	case 2:
		return "* LIST " + b.pick("()", `(\Drafts)`, `(\Sent)`, `(\Noselect)`, b.value(0)) + " " + b.pick(`"/"`, "NIL", `"."`, b.value(0)) + " " + b.pick("INBOX", "Drafts", "Sent", "Headsup", b.value(0)) + "\r\n"
	case 3:
		return "* " + b.pick("SEARCH", "ESEARCH UID ALL", `ESEARCH (TAG "T1") UID ALL`, "STATUS Drafts", "FLAGS", "NAMESPACE", "ENABLED") + " " + b.value(0) + " " + b.number() + "\r\n"
	case 4:
		return "* " + b.number() + " FETCH (UID " + b.number() + " FLAGS () BODY[HEADER.FIELDS (FROM)] " + b.value(0) + ")\r\n"
	case 5:
		return "* " + b.number() + " " + b.pick("EXPUNGE", "RECENT", "FETCH", "VANISHED") + " " + b.value(0) + "\r\n"
	case 6:
		return "+ " + b.pick("", "go", base64.StdEncoding.EncodeToString([]byte("x")), "idling") + "\r\n"
	case 7:
		return b.value(0) + "\r\n"
	case 8:
		return "* SEARCH 1 2 3\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* LIST (\\Drafts) \"/\" Drafts\r\n"
	}
	return ""
}

// answer goes through the right moves often enough to get deep.
func (b *babbler) answer(tag, line string) string {
	var out strings.Builder
	upper := strings.ToUpper(line)
	if strings.Contains(upper, "CAPABILITY") && b.r.IntN(8) > 0 {
		out.WriteString("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR " + b.pick("", "UIDPLUS MOVE IDLE ", "IMAP4rev2 ", "CONDSTORE SPECIAL-USE NAMESPACE ", "LITERAL+ ", "LOGINDISABLED ") + "\r\n")
	}
	if (strings.Contains(upper, "SELECT") || strings.Contains(upper, "EXAMINE")) && b.r.IntN(4) > 0 {
		out.WriteString("* 3 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 4] x\r\n")
	}
	if strings.Contains(upper, " LIST ") && b.r.IntN(4) > 0 {
		out.WriteString("* LIST (\\Drafts) \"/\" Drafts\r\n* LIST () \"/\" Headsup\r\n")
	}
	if strings.HasSuffix(line, "}") || strings.Contains(upper, " IDLE") || strings.Contains(upper, "AUTHENTICATE") {
		out.WriteString(b.pick("+ go\r\n", "", ""))
	}
	for range b.r.IntN(3) {
		out.WriteString(b.data())
	}
	out.WriteString(b.pick(tag, tag, tag, tag, tag, "T1", "T99", "*", "") + " " + b.pick("OK", "OK", "OK", "OK", "NO", "BAD", "BYE") + " " +
		b.pick("done", "done", "[APPENDUID 7 "+b.number()+"] x", "[COPYUID 7 1 "+b.number()+"] x", "[TRYCREATE] x", "[CAPABILITY IMAP4rev1] x", "["+b.number()) + b.pick("\r\n", "\r\n", "\r\n", "\n", "\r"))
	return out.String()
}

func (b *babbler) serve(c net.Conn, greeting string) {
	defer c.Close()
	io.WriteString(c, greeting)
	r := bufio.NewReader(c)
	for b.lines--; b.lines >= 0; b.lines-- {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		tag, _, _ := strings.Cut(line, " ")
		if _, err := io.WriteString(c, b.answer(tag, line)); err != nil {
			return
		}
	}
}

// A server that answers anything at all: no panic, no password without encryption,
// bounded memory, and an end to every call.
func TestRandomGrammar(t *testing.T) {
	if testing.Short() {
		*sessions = 500
	}
	var peak uint64
	var wg sync.WaitGroup
	slots := make(chan struct{}, 32) // most of a session is waiting
	for n := range *sessions {
		slots <- struct{}{}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			r := rand.New(rand.NewPCG(1, uint64(n)))
			if n%10 == 0 {
				babbleBeforeTLS(t, r)
			} else {
				babble(t, r, rand.New(rand.NewPCG(2, uint64(n))))
			}
		}()
		if n%500 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
		}
	}
	wg.Wait()
	t.Logf("%d sessions, at most %d MB in use", *sessions, peak>>20)
	if peak > 256<<20 {
		t.Errorf("%d MB in use", peak>>20)
	}
}

// babble plays one session on an encrypted connection; what is encrypted is a pipe.
func babble(t *testing.T, r, choose *rand.Rand) {
	server, conn := net.Pipe()
	b := &babbler{r: r, lines: 4 + r.IntN(20)}
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		b.serve(server, b.pick("* OK hi\r\n", "* OK hi\r\n", "* OK hi\r\n", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n", "* PREAUTH\r\n", b.data()))
	}()
	defer wg.Wait()
	defer conn.Close()

	config, err := Config{
		Addr: "imap.example.com:993", User: "sam", Login: password(canary), Timeout: 100 * time.Millisecond, Poll: time.Millisecond,
		Dial: func(context.Context, string, string) (net.Conn, error) { return nil, io.EOF },
	}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	box := newBox(config)
	defer box.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	s := newSession(conn, config.Timeout)
	defer s.close()
	if s.login(ctx, config) != nil {
		return
	}
	box.work.session = s
	ref := mail.Ref{Folder: mail.Drafts, Validity: "7", UID: "1"}
	for range 3 {
		switch choose.IntN(6) {
		case 0:
			box.List(ctx, mail.Drafts)
		case 1:
			box.Find(ctx, mail.Drafts, mail.Query{ID: "n1@example.com"})
		case 2:
			box.Append(ctx, mail.Queue, mailboxtest.Sample(1), mail.Flags{})
		case 3:
			box.Read(ctx, ref)
		case 4:
			box.Move(ctx, ref, mail.Queue)
		case 5:
			box.idle.session, box.work.session = box.work.session, nil
			box.Watch(ctx, mail.Drafts, mail.Queue)
		}
	}
}

// babbleBeforeTLS plays the part before encryption and looks at what was said there.
func babbleBeforeTLS(t *testing.T, r *rand.Rand) {
	server, conn := net.Pipe()
	b := &babbler{r: r, lines: 3}
	var heard bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer server.Close()
		server.SetDeadline(time.Now().Add(50 * time.Millisecond))
		io.WriteString(server, b.pick("* OK hi\r\n", "* OK hi\r\n", b.data()))
		line := make([]byte, 2048)
		for range 4 {
			n, err := server.Read(line)
			heard.Write(line[:n])
			if err != nil {
				return
			}
			if _, err := io.WriteString(server, b.answer("S1", "S1 STARTTLS CAPABILITY")+b.pick("", "S1 OK go\r\n")); err != nil {
				return
			}
		}
	}()
	config, err := Config{
		Addr: "imap.example.com:143", StartTLS: true, User: "sam", Login: password(canary), Timeout: 100 * time.Millisecond,
		Dial: func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t.Context(), config); err == nil {
		t.Error("logged in without encryption")
	}
	conn.Close()
	<-done
	rest, ok := bytes.CutPrefix(heard.Bytes(), []byte("S1 STARTTLS\r\n"))
	if ok && len(rest) > 0 && rest[0] != 0x16 || !ok && len(rest) > 0 { // 0x16: a TLS handshake
		t.Errorf("said in the clear: %q", heard.Bytes())
	}
	if bytes.Contains(heard.Bytes(), []byte(canary)) || bytes.Contains(heard.Bytes(), []byte(base64.StdEncoding.EncodeToString([]byte("\x00sam\x00"+canary)))) {
		t.Errorf("the password was said in the clear")
	}
}

// FuzzLimiter feeds the scanner: it never grows, and it lets through what it does not
// cut.
func FuzzLimiter(f *testing.F) {
	for _, s := range []string{"* OK hi\r\n", "* 1 FETCH (BODY[] {3}\r\nabc)\r\n", "* X \"a\\\"{9}\" {2}\r\nab\r\n", strings.Repeat("(", 60), "{99999999999}\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, split := &limiter{digits: -1}, &limiter{digits: -1}
		err := whole.scan(b)
		var err2 error
		for i := range b {
			if err2 = split.scan(b[i : i+1]); err2 != nil {
				break
			}
		}
		if (err == nil) != (err2 == nil) || err == nil && (whole.literal != split.literal || whole.depth != split.depth || whole.quoted != split.quoted) {
			t.Fatalf("%q is read otherwise in pieces: %v, %v", b, err, err2)
		}
	})
}
