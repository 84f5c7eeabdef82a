package guard

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

// TestS26Addresses is the table of what no client may connect to.
func TestS26Addresses(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": false, "127.1.2.3": false, "::1": false, "169.254.169.254": false, "10.0.0.1": false, "172.31.255.255": false,
		"192.168.1.1": false, "100.64.0.1": false, "0.0.0.0": false, "::": false, "fe80::1": false, "fd00::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "224.0.0.1": false, "255.255.255.255": false,
		"192.0.2.1": true, "93.184.216.34": true, "172.32.0.1": true, "2606:2800:220:1::1": true,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: public is %v", address, got)
		}
	}
}

func get(t *testing.T, c *http.Client, url string) (string, error) {
	t.Helper()
	resp, err := c.Get(url)
	if err != nil {
		return "", err
	}
	body, err := Body(resp, 10<<20)
	return string(body), err
}

func trust(s *httptest.Server) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return pool
}

// TestS26Connections: the check is made when the socket is, whatever the name was.
func TestS26Connections(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") }))
	defer s.Close()
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	strict := Client(Options{RootCAs: trust(s)})
	for _, url := range []string{s.URL, "https://localhost" + port, "https://[::1]" + port, "https://169.254.169.254/", "https://[::ffff:127.0.0.1]" + port, "https://0.0.0.0" + port} {
		if _, err := get(t, strict, url); !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"http://example.com/", "file:///etc/passwd", "ftp://example.com/"} {
		if _, err := get(t, strict, url); err == nil {
			t.Errorf("%s was fetched", url)
		}
	}
	if body, err := get(t, Client(Options{AllowPrivate: true, RootCAs: trust(s)}), s.URL); body != "ok" || err != nil {
		t.Errorf("allowed: %q %v", body, err)
	}
	// http to a public name stays forbidden even where the own network is allowed.
	if _, err := get(t, Client(Options{AllowPrivate: true}), "http://example.com/"); !errors.Is(err, ErrForbidden) {
		t.Errorf("plain http: %v", err)
	}
}

// TestS26Redirects: three at most, and no credentials to another host.
func TestS26Redirects(t *testing.T) {
	var seen string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { seen = r.Header.Get("Authorization") + "|" }))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		case r.URL.Path == "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case len(r.URL.Path) > 1:
			http.Redirect(w, r, r.URL.Path[:len(r.URL.Path)-1], http.StatusFound)
		}
	}))
	defer s.Close()
	c := Client(Options{AllowPrivate: true})
	if _, err := get(t, c, s.URL+"/xxx"); err != nil {
		t.Errorf("three redirects: %v", err)
	}
	if _, err := get(t, c, s.URL+"/xxxx"); !errors.Is(err, ErrForbidden) {
		t.Errorf("four redirects: %v", err)
	}
	if _, err := get(t, c, s.URL+"/file"); err == nil {
		t.Error("a redirect to a file was followed")
	}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/away", nil)
	req.SetBasicAuth("sam", "secret")
	resp, err := c.Do(req)
	if err != nil || seen != "|" {
		t.Fatalf("credentials went to another host: %q %v", seen, err)
	}
	resp.Body.Close()
}

// TestS28Packed: an answer unpacks to its limit and no further.
func TestS28Packed(t *testing.T) {
	pack := func(text io.Reader) []byte {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(z, text); err != nil {
			t.Fatal(err)
		}
		z.Close()
		return b.Bytes()
	}
	answer := func(body []byte, encoding string) error {
		resp := &http.Response{Body: io.NopCloser(bytes.NewReader(body)), Header: http.Header{"Content-Encoding": {encoding}}}
		_, err := Body(resp, 10<<20)
		return err
	}
	zeros := pack(io.LimitReader(zero{}, 128<<20))
	for _, c := range []struct {
		name, encoding, want string
		body                 []byte
	}{
		{"small", "gzip", "", pack(strings.NewReader("BEGIN:VCALENDAR"))},
		{"zeros without end", "gzip", "the answer unpacks to more than a hundred times its size", zeros},
		{"cut off", "gzip", "read the answer: unexpected EOF", pack(strings.NewReader(strings.Repeat("abc", 100)))[:20]},
		{"not packed", "gzip", "unpack the answer: gzip: invalid header", []byte("BEGIN:VCALENDAR\r\n")},
		{"brotli", "br", `the answer is packed as "br", which was not asked for`, nil},
		{"too large", "", "the answer is larger than 10 MB", make([]byte, 11<<20)},
	} {
		got := ""
		if err := answer(c.body, c.encoding); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }
