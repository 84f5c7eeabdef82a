package submittest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os"
	"sync"
	"testing"
	"time"
)

// Dialer is the signature of the Dial option of a client.
type Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// Pipe returns a dialer whose every connection is an in-memory pipe with the server at
// its end. It fits into a bubble of testing/synctest. With wrap, the client's end goes
// through it: see [Cut] and [Slow].
func (s *Server) Pipe(wrap func(net.Conn) net.Conn) Dialer { return pipe(s.ServeConn, wrap) }

// PipeTLS is [Server.Pipe] with TLS from the first byte.
func (s *Server) PipeTLS(wrap func(net.Conn) net.Conn) Dialer { return pipe(s.ServeTLS, wrap) }

func pipe(serve func(net.Conn), wrap func(net.Conn) net.Conn) Dialer {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		client, end := net.Pipe()
		server := newBuffered(end)
		go serve(server)
		if wrap != nil {
			return wrap(client), nil
		}
		return client, nil
	}
}

// buffered is the server's end of a pipe that, like a socket, takes what is written
// before the other side reads it. In TLS both sides may write at once, and on a bare pipe
// they would wait for each other for ever.
type buffered struct {
	net.Conn
	mu     sync.Mutex
	out    chan []byte
	closed bool
}

func newBuffered(conn net.Conn) *buffered {
	b := &buffered{Conn: conn, out: make(chan []byte, 1<<12)}
	go func() {
		defer conn.Close()
		for p := range b.out {
			if _, err := conn.Write(p); err != nil {
				conn.Close() // the client is gone: the server hears of it when it reads
				break
			}
		}
		for range b.out { // what nobody will read
		}
	}()
	return b
}

func (b *buffered) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, net.ErrClosed
	}
	b.out <- append([]byte(nil), p...)
	return len(p), nil
}

// Close lets what was written arrive first.
func (b *buffered) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.closed = true
		close(b.out)
	}
	return nil
}

// Listen serves on a loopback port until the test ends, with TLS from the first byte if
// implicit, and returns the port.
func (s *Server) Listen(t testing.TB, implicit bool) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve := s.ServeConn
	if implicit {
		serve = s.ServeTLS
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			all.Go(func() {
				serve(conn)
				mu.Lock()
				delete(open, conn)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for conn := range open {
			conn.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return l.Addr().(*net.TCPAddr).Port
}

// Certificate says what a certificate is like. The zero value with a host is a good one.
type Certificate struct {
	Host      string
	NotBefore time.Time // zero: 1999, before the first moment of a bubble
	NotAfter  time.Time // zero: 2099
}

// Make makes the certificate and an authority that vouches for it.
func (c Certificate) Make() (tls.Certificate, *x509.CertPool, error) {
	fail := func(err error) (tls.Certificate, *x509.CertPool, error) {
		return tls.Certificate{}, nil, fmt.Errorf("make a certificate for %q: %w", c.Host, err)
	}
	if c.NotBefore.IsZero() {
		c.NotBefore = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if c.NotAfter.IsZero() {
		c.NotAfter = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: c.Host},
		NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if ip := net.ParseIP(c.Host); ip != nil {
		form.IPAddresses = []net.IP{ip}
	} else {
		form.DNSNames = []string{c.Host}
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		return fail(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool, nil
}

// Cut ends a connection after so many bytes in either direction; a negative number never
// does. What was written before the cut arrives, the rest of that write does not.
func Cut(conn net.Conn, written, read int) net.Conn {
	return &cut{Conn: conn, w: written, r: read}
}

type cut struct {
	net.Conn
	mu   sync.Mutex
	w, r int
}

func (c *cut) take(left *int, n int) (allowed int, end bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *left < 0 {
		return n, false
	}
	allowed = min(n, *left)
	*left -= allowed
	return allowed, allowed < n
}

func (c *cut) Write(p []byte) (int, error) {
	allowed, end := c.take(&c.w, len(p))
	n, err := c.Conn.Write(p[:allowed])
	if err == nil && end {
		c.Close()
		err = net.ErrClosed
	}
	return n, err
}

func (c *cut) Read(p []byte) (int, error) {
	allowed, end := c.take(&c.r, len(p))
	if end && allowed == 0 {
		c.Close()
		return 0, net.ErrClosed
	}
	n, err := c.Conn.Read(p[:allowed])
	c.mu.Lock()
	if c.r >= 0 {
		c.r += allowed - n
	}
	c.mu.Unlock()
	return n, err
}

// Slow lets a connection carry so many bytes a second out and delays each read.
func Slow(conn net.Conn, perSecond int, latency time.Duration) net.Conn {
	return &slow{Conn: conn, perSecond: perSecond, latency: latency}
}

type slow struct {
	net.Conn
	perSecond int
	latency   time.Duration
	mu        sync.Mutex
	deadline  time.Time
}

func (s *slow) SetDeadline(t time.Time) error {
	s.note(t)
	return s.Conn.SetDeadline(t)
}

func (s *slow) SetWriteDeadline(t time.Time) error {
	s.note(t)
	return s.Conn.SetWriteDeadline(t)
}

func (s *slow) note(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
}

func (s *slow) Write(p []byte) (int, error) {
	for done := 0; done < len(p); {
		piece := p[done:min(len(p), done+s.perSecond)]
		pause(time.Second * time.Duration(len(piece)) / time.Duration(s.perSecond))
		s.mu.Lock()
		late := !s.deadline.IsZero() && !time.Now().Before(s.deadline)
		s.mu.Unlock()
		if late {
			return done, os.ErrDeadlineExceeded
		}
		n, err := s.Conn.Write(piece)
		if done += n; err != nil {
			return done, err
		}
	}
	return len(p), nil
}

func (s *slow) Read(p []byte) (int, error) {
	pause(s.latency)
	return s.Conn.Read(p)
}

func pause(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	<-t.C
}
