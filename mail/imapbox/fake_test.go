package imapbox

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fake is an IMAP server that does what a test wants: it answers well unless say gives
// another answer. An answer "" drops the connection; in an answer, T stands for the tag
// of the command.
type fake struct {
	caps     string
	greeting string
	say      func(verb, line string) (answer string, ok bool)
	plain    func(net.Conn) bool // speaks before encryption; false: no TLS after it
	quiet    bool                // APPEND and MOVE do not tell where the message is
	cert     tls.Certificate
	version  uint16 // of TLS, at most; 0: any
	roots    *x509.CertPool
	addr     string

	mu  sync.Mutex
	log []string // verbs of all connections
}

const fakeCaps = "IMAP4rev1 SASL-IR AUTH=PLAIN UIDPLUS MOVE SPECIAL-USE IDLE CONDSTORE"

func (f *fake) verbs() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.log, " ")
}

func (f *fake) count(verb string) int {
	return strings.Count(" "+f.verbs()+" ", " "+verb+" ")
}

// start listens until the test ends.
func (f *fake) start(t testing.TB) Config {
	t.Helper()
	if f.roots == nil {
		f.cert, f.roots = certificate(t, "localhost", time.Now().Add(time.Hour))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = l.Addr().String()
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				defer c.Close()
				defer context.AfterFunc(ctx, func() { c.Close() })()
				f.serve(c)
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		cancel()
		wg.Wait()
	})
	return Config{
		Addr: f.addr, Roots: f.roots, Host: "localhost", User: "sam@example.com", Login: password(canary),
		Timeout: 5 * time.Second, Poll: 50 * time.Millisecond, StartTLS: f.plain != nil,
	}
}

// canary is a password that must not be seen where it does not belong.
const canary = "canary-4711-secret"

func (f *fake) serve(raw net.Conn) {
	if f.plain != nil && !f.plain(raw) {
		return
	}
	c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{f.cert}, MinVersion: tls.VersionTLS10, MaxVersion: f.version})
	if c.Handshake() != nil {
		return
	}
	if f.plain == nil {
		greeting := f.greeting
		if greeting == "" {
			greeting = "* OK ready\r\n"
		}
		io.WriteString(c, greeting)
	}
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		if tag == "" {
			continue // what follows a literal that was not wanted
		}
		verb, _, _ := strings.Cut(rest, " ")
		if verb = strings.ToUpper(verb); verb == "UID" {
			next, _, _ := strings.Cut(rest[4:], " ")
			verb += strings.ToUpper(next)
		}
		if tag == "DONE" {
			verb = "DONE"
		}
		f.mu.Lock()
		f.log = append(f.log, verb)
		f.mu.Unlock()
		answer, ok := "", false
		if f.say != nil {
			answer, ok = f.say(verb, rest)
		}
		if !ok {
			answer, ok = f.usual(c, r, verb, rest)
		}
		if !ok || answer == "" {
			return
		}
		if verb == "IDLE" {
			f.mu.Lock()
			f.log[len(f.log)-1] += ":" + tag
			f.mu.Unlock()
		}
		if verb == "DONE" {
			tag = f.idleTag()
		}
		io.WriteString(c, strings.NewReplacer("T OK", tag+" OK", "T NO", tag+" NO", "T BAD", tag+" BAD", `"T"`, `"`+tag+`"`).Replace(answer))
	}
}

func (f *fake) idleTag() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.log) - 1; i >= 0; i-- {
		if tag, ok := strings.CutPrefix(f.log[i], "IDLE:"); ok {
			return tag
		}
	}
	return "X"
}

func (f *fake) usual(w io.Writer, r *bufio.Reader, verb, line string) (string, bool) {
	caps := f.caps
	if caps == "" {
		caps = fakeCaps
	}
	switch verb {
	case "CAPABILITY":
		return "* CAPABILITY " + caps + "\r\nT OK done\r\n", true
	case "AUTHENTICATE", "LOGIN":
		return "T OK [CAPABILITY " + caps + "] in\r\n", true
	case "LIST":
		return "* LIST () \"/\" INBOX\r\n* LIST (\\Drafts) \"/\" Drafts\r\n* LIST (\\Sent) \"/\" Sent\r\n* LIST () \"/\" Headsup\r\n* LIST () \"/\" Headsup/Now\r\nT OK done\r\n", true
	case "SELECT", "EXAMINE":
		return "* 5 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 6] x\r\n* OK [HIGHESTMODSEQ 1] x\r\nT OK done\r\n", true
	case "STATUS":
		name := strings.Fields(line)[1]
		return "* STATUS " + name + " (MESSAGES 5 UIDNEXT 6 UIDVALIDITY 7 HIGHESTMODSEQ 1)\r\nT OK done\r\n", true
	case "UIDSEARCH":
		return "* SEARCH 1 2 3 4 5\r\nT OK done\r\n", true
	case "UIDFETCH":
		return fetchAll(line, func(int) string { return "" }) + "T OK done\r\n", true
	case "APPEND":
		open := strings.LastIndexByte(line, '{')
		n, _ := strconv.Atoi(strings.Trim(line[open:], "{}+"))
		if !strings.HasSuffix(line, "+}") {
			io.WriteString(w, "+ go\r\n")
		}
		io.CopyN(io.Discard, r, int64(n))
		r.ReadString('\n')
		if f.quiet {
			return "T OK done\r\n", true
		}
		return "T OK [APPENDUID 7 6] done\r\n", true
	case "UIDMOVE", "UIDCOPY":
		if f.quiet {
			return "T OK done\r\n", true
		}
		return "* OK [COPYUID 7 1 9] x\r\nT OK done\r\n", true
	case "IDLE":
		return "+ idling\r\n", true
	}
	return "T OK done\r\n", true
}

// fetchAll answers for the UIDs that were asked for; other replaces the answer for one.
func fetchAll(line string, other func(uid int) string) string {
	var out strings.Builder
	words := strings.Fields(line)
	if len(words) < 3 {
		return ""
	}
	set := words[2]
	for _, piece := range strings.Split(set, ",") {
		from, to, ok := strings.Cut(piece, ":")
		if !ok {
			to = from
		}
		a, _ := strconv.Atoi(from)
		z, _ := strconv.Atoi(to)
		for uid := a; uid <= z; uid++ {
			if s := other(uid); s != "" {
				out.WriteString(s)
				continue
			}
			head := fmt.Sprintf("From: dana@example.com\r\nSubject: number %d\r\nMessage-ID: <n%d@example.com>\r\n\r\n", uid, uid)
			fmt.Fprintf(&out, "* %d FETCH (UID %d FLAGS (\\Seen) RFC822.SIZE 100 INTERNALDATE \"24-Nov-2026 10:35:00 +0100\" BODY[HEADER.FIELDS (FROM)] {%d}\r\n%s)\r\n", uid, uid, len(head), head)
		}
	}
	return out.String()
}

func certificate(t testing.TB, host string, until time.Time) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// wantErr checks the words of an error.
func wantErr(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v, want something with %q", err, words)
	}
	if err != nil && strings.Contains(err.Error(), canary) {
		t.Errorf("the password stands in %v", err)
	}
}
