// Package guard makes the HTTP client with which calendars are fetched. The address
// comes from a configuration that may have been copied from anywhere, and what a server
// answers may lead elsewhere, so the rules hold for every connection and not for the
// first one only: https, no address within the own machine or network unless that was
// allowed, at most three redirects, no credentials to another host, and an answer that
// unpacks to no more than its limit. The address is checked when the socket is made,
// after the name was resolved: a name that resolves differently the second time gains
// nothing.
package guard

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// ErrForbidden reports a destination that the rules forbid.
var ErrForbidden = errors.New("destination is not allowed")

// Options are what the user may loosen.
type Options struct {
	// AllowPrivate lets the server be on this machine or its network, and there
	// also speak plain HTTP.
	AllowPrivate bool
	RootCAs      *x509.CertPool // nil: those of the system
	Timeout      time.Duration  // of a whole request; 0: one minute
}

// Client is an HTTP client that keeps the rules.
func Client(o Options) *http.Client {
	dialer := &net.Dialer{
		Timeout: 15 * time.Second,
		Control: func(_, address string, _ syscall.RawConn) error { return checkAddress(address, o.AllowPrivate) },
	}
	timeout := o.Timeout
	if timeout == 0 {
		timeout = time.Minute
	}
	return &http.Client{
		Timeout: timeout,
		Transport: &checked{o.AllowPrivate, &http.Transport{
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, addr)
			},
			TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.RootCAs},
			DisableCompression:    true, // unpacked here, within limits
			ResponseHeaderTimeout: 30 * time.Second,
			TLSHandshakeTimeout:   15 * time.Second,
			MaxIdleConnsPerHost:   2,
			IdleConnTimeout:       time.Minute,
			ForceAttemptHTTP2:     true,
		}},
		CheckRedirect: redirect,
	}
}

// checked holds every request, redirected ones too, to the rules for addresses.
type checked struct {
	allowPrivate bool
	next         http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (c *checked) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "https" && (!c.allowPrivate || req.URL.Scheme != "http" || !privateName(req.URL.Hostname())) {
		return nil, fmt.Errorf("%s://%s: only https: %w", req.URL.Scheme, req.URL.Host, ErrForbidden)
	}
	return c.next.RoundTrip(req)
}

// privateName reports whether a host is written as an address within the own network.
func privateName(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && !public(ip)
}

func redirect(req *http.Request, via []*http.Request) error {
	if len(via) > 3 {
		return fmt.Errorf("more than three redirects: %w", ErrForbidden)
	}
	if req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
		req.URL.User = nil
	}
	return nil
}

// checkAddress refuses a socket address that is not of the public network.
func checkAddress(address string, allowPrivate bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%s: %w", address, ErrForbidden)
	}
	if allowPrivate || public(at.Addr()) {
		return nil
	}
	return fmt.Errorf("%s is within the own machine or network: %w", at.Addr(), ErrForbidden)
}

// reserved are the ranges that no public server has, beside those that package netip
// knows by name (RFC 6890).
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("fec0::/10"),
}

func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsLoopback() {
		return false
	}
	for _, p := range reserved {
		if p.Contains(ip) {
			return false
		}
	}
	return true
}

// Body reads an answer of at most limit bytes, unpacked if it is packed, and closes it. An
// answer that unpacks to more than a hundred times its size is a bomb.
func Body(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	packed := &counter{r: resp.Body}
	var r io.Reader = packed
	switch enc := strings.ToLower(resp.Header.Get("Content-Encoding")); enc {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(packed)
		if err != nil {
			return nil, fmt.Errorf("unpack the answer: %w", err)
		}
		defer z.Close()
		r = z
	default:
		return nil, fmt.Errorf("the answer is packed as %q, which was not asked for", enc)
	}
	var out bytes.Buffer
	for {
		n, err := io.CopyN(&out, r, 64<<10)
		switch {
		case int64(out.Len()) > limit:
			return nil, fmt.Errorf("the answer is larger than %d MB", limit>>20)
		case out.Len() > 1<<20 && int64(out.Len()) > 100*packed.n:
			return nil, errors.New("the answer unpacks to more than a hundred times its size")
		case err == io.EOF:
			return out.Bytes(), nil
		case err != nil:
			return nil, fmt.Errorf("read the answer: %w", err)
		case n == 0:
			return out.Bytes(), nil
		}
	}
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Plain takes the address out of an error of net/http: private calendar links are
// secrets, and errors are shown and logged.
func Plain(err error) error {
	var u *url.Error
	if !errors.As(err, &u) {
		return err
	}
	host := ""
	if at, parseErr := url.Parse(u.URL); parseErr == nil {
		host = at.Host
	}
	return fmt.Errorf("%s %s: %w", strings.ToLower(u.Op), host, u.Err)
}
