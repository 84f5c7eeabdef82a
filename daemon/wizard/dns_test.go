package wizard_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"headsup/daemon/wizard"
)

// zoneServer is a DNS server on loopback: UDP, and TCP for answers that do not fit.
type zoneServer struct {
	t    *testing.T
	addr string

	mu      sync.Mutex
	srv     map[string][]dnsmessage.SRVResource
	mx      map[string][]dnsmessage.MXResource
	fail    map[string]dnsmessage.RCode
	silent  map[string]bool
	large   bool // UDP answers are cut, TCP has the whole
	overTCP int
	asked   []string
}

func newZoneServer(t *testing.T) *zoneServer {
	s := &zoneServer{t: t, srv: map[string][]dnsmessage.SRVResource{}, mx: map[string][]dnsmessage.MXResource{}, fail: map[string]dnsmessage.RCode{}, silent: map[string]bool{}}
	udp, tcp := samePort(t)
	s.addr = udp.LocalAddr().String()
	t.Cleanup(func() { udp.Close(); tcp.Close() })
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := s.answer(buf[:n], false); out != nil {
				udp.WriteTo(out, from)
			}
		}
	}()
	go func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			s.serveTCP(c)
		}
	}()
	return s
}

// samePort finds a port that is free for both.
func samePort(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for range 50 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			return udp, tcp
		}
		udp.Close()
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

func (s *zoneServer) serveTCP(c net.Conn) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return
	}
	out := s.answer(query, true)
	c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(out))), out...))
}

func (s *zoneServer) answer(query []byte, tcp bool) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		s.t.Errorf("query: %v", err)
		return nil
	}
	q := m.Questions[0]
	name := strings.ToLower(q.Name.String())
	s.asked = append(s.asked, name)
	if s.silent[name] {
		return nil
	}
	out := dnsmessage.Message{Header: dnsmessage.Header{ID: m.ID, Response: true, Authoritative: true, RecursionAvailable: true}, Questions: m.Questions}
	head := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type, TTL: 60}
	for _, r := range s.srv[name] {
		if q.Type == dnsmessage.TypeSRV {
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: head, Body: &r})
		}
	}
	for _, r := range s.mx[name] {
		if q.Type == dnsmessage.TypeMX {
			out.Answers = append(out.Answers, dnsmessage.Resource{Header: head, Body: &r})
		}
	}
	out.RCode = s.fail[name]
	if len(out.Answers) == 0 && out.RCode == 0 {
		out.RCode = dnsmessage.RCodeNameError
	}
	if tcp {
		s.overTCP++
	} else if s.large {
		out.Truncated, out.Answers = true, nil
	}
	packed, err := out.Pack()
	if err != nil {
		s.t.Error(err)
	}
	return packed
}

// resolver asks this server and nobody else.
func (s *zoneServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, s.addr)
	}}
}

// with changes what the server answers.
func (s *zoneServer) with(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func srv(priority, weight, port uint16, target string) dnsmessage.SRVResource {
	return dnsmessage.SRVResource{Priority: priority, Weight: weight, Port: port, Target: dnsmessage.MustNewName(target)}
}

// RFC 6186 and RFC 8314 by the resolver of the standard library against a real server:
// priorities, a service that is not there, TLS before STARTTLS, cut answers, other
// people's servers, and a DNS that fails or does not answer.
func TestDiscoverByDNS(t *testing.T) {
	s := newZoneServer(t)
	s.with(func() {
		s.srv["_imaps._tcp.example.com."] = []dnsmessage.SRVResource{srv(20, 0, 9993, "backup.example.com."), srv(10, 1, 993, "Mail.example.com.")}
		s.srv["_imap._tcp.example.com."] = []dnsmessage.SRVResource{srv(0, 1, 143, "old.example.com.")}
		s.srv["_submissions._tcp.example.com."] = []dnsmessage.SRVResource{srv(0, 1, 465, "mail.example.com.")}
		s.srv["_imaps._tcp.starttls.example.com."] = []dnsmessage.SRVResource{srv(0, 0, 0, ".")}
		s.srv["_imap._tcp.starttls.example.com."] = []dnsmessage.SRVResource{srv(0, 1, 143, "mail.starttls.example.com.")}
		s.srv["_submission._tcp.starttls.example.com."] = []dnsmessage.SRVResource{srv(0, 1, 587, "mail.starttls.example.com.")}
		s.srv["_imaps._tcp.example.net."] = []dnsmessage.SRVResource{srv(0, 1, 993, "imap.hoster.example.org.")}
		s.srv["_submissions._tcp.example.net."] = []dnsmessage.SRVResource{srv(0, 1, 465, "smtp.example.net.")}
		s.srv["_imaps._tcp.onlyimap.example.com."] = []dnsmessage.SRVResource{srv(0, 1, 993, "mail.onlyimap.example.com.")}
		s.mx["onlyimap.example.com."] = []dnsmessage.MXResource{{Pref: 10, MX: dnsmessage.MustNewName("mx.onlyimap.example.com.")}}
		s.mx["customer.example.com."] = []dnsmessage.MXResource{{Pref: 10, MX: dnsmessage.MustNewName("in1-smtp.messagingengine.com.")}}
		s.fail["_imaps._tcp.broken.example.com."] = dnsmessage.RCodeServerFailure
	})
	for _, row := range []struct{ address, imap, smtp, ask, fails string }{
		{"sam@example.com", "mail.example.com:993 (implicit)", "mail.example.com:465 (implicit)", "", ""},
		{"sam@starttls.example.com", "mail.starttls.example.com:143 (starttls)", "mail.starttls.example.com:587 (starttls)", "", ""},
		{"sam@example.net", "imap.hoster.example.org:993 (implicit)", "smtp.example.net:465 (implicit)", "imap.hoster.example.org", ""},
		{"sam@customer.example.com", "imap.fastmail.com:993 (implicit)", "smtp.fastmail.com:465 (implicit)", "", ""},
		{"sam@onlyimap.example.com", "", "", "", "submission"},
		{"sam@nothing.example.com", "", "", "", "ask your provider"},
		{"sam@broken.example.com", "", "", "", "server misbehaving"},
	} {
		for _, large := range []bool{false, true} {
			s.with(func() { s.large, s.overTCP = large, 0 })
			got, err := wizard.Discover(t.Context(), s.resolver(), address(t, row.address))
			if row.fails != "" {
				if !errors.Is(err, wizard.ErrNotFound) || !strings.Contains(err.Error(), row.fails) {
					t.Errorf("%s: %v", row.address, err)
				}
				continue
			}
			if err != nil || got.Provider.IMAP.String() != row.imap || got.Provider.SMTP.String() != row.smtp || strings.Join(got.Ask, " ") != row.ask {
				t.Errorf("%s: %+v, %v", row.address, got, err)
			}
			s.with(func() {
				if large && s.overTCP == 0 {
					t.Errorf("%s: nothing was asked over TCP", row.address)
				}
			})
		}
	}
}

// A DNS that does not answer holds nobody up for longer than the caller says.
func TestDiscoverSilentDNS(t *testing.T) {
	s := newZoneServer(t)
	s.with(func() {
		for _, service := range []string{"_imaps", "_imap", "_submissions", "_submission"} {
			s.silent[service+"._tcp.example.com."] = true
		}
		s.silent["example.com."] = true
	})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := wizard.Discover(ctx, s.resolver(), address(t, "sam@example.com"))
	if !errors.Is(err, wizard.ErrNotFound) || time.Since(start) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

// The table knows its own: no question to the DNS.
func TestDiscoverAsksNobody(t *testing.T) {
	s := newZoneServer(t)
	for _, a := range []string{"sam@gmail.com", "sam@outlook.com", "sam@fastmail.com", "sam@icloud.com", "sam@proton.me", "sam@mailbox.org", "sam@yahoo.com"} {
		if got, err := wizard.Discover(t.Context(), s.resolver(), address(t, a)); err != nil || got.Provider.Name == "" {
			t.Errorf("%s: %+v, %v", a, got, err)
		}
	}
	s.with(func() {
		if len(s.asked) != 0 {
			t.Errorf("asked %q", s.asked)
		}
	})
}
