package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// ErrDenied means that the user, or an administrator, said no.
var ErrDenied = errors.New("access was not granted")

// Loopback asks for a grant by way of the user's browser. open shows a page to the user;
// if it fails, the user has to open the address by hand, so open should print it too.
func Loopback(ctx context.Context, c Client, random io.Reader, open func(url string) error) (*oauth2.Token, error) {
	state, err := randomText(random)
	if err != nil {
		return nil, fmt.Errorf("log in to %s: %w", c.Name, err)
	}
	verifier, err := randomText(random)
	if err != nil {
		return nil, fmt.Errorf("log in to %s: %w", c.Name, err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("log in to %s: listen for the browser's answer: %w", c.Name, err)
	}
	host := net.JoinHostPort(c.Host, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	conf := c.config("http://" + host + "/")
	h := &answer{host: host, state: state, got: make(chan result, 1)}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) })
	defer serving.Wait()
	defer server.Close()

	opts := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	for k, v := range c.Extra {
		opts = append(opts, oauth2.SetAuthURLParam(k, v))
	}
	if err := open(conf.AuthCodeURL(state, opts...)); err != nil {
		return nil, fmt.Errorf("log in to %s: open the browser: %w", c.Name, err)
	}
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("log in to %s: no answer from the browser: %w", c.Name, context.Cause(ctx))
	case r := <-h.got:
		if r.err != nil {
			return nil, fmt.Errorf("log in to %s: %w", c.Name, r.err)
		}
		// Let the browser have its page before the server goes.
		defer func() { _ = server.Shutdown(context.WithoutCancel(ctx)) }()
		token, err := conf.Exchange(ctx, r.code, oauth2.VerifierOption(verifier))
		return granted(c, token, err)
	}
}

// granted checks what came back: without a refresh token the grant ends in an hour.
func granted(c Client, token *oauth2.Token, err error) (*oauth2.Token, error) {
	switch {
	case err != nil:
		return nil, fmt.Errorf("log in to %s: %w", c.Name, plain(err))
	case token.RefreshToken == "":
		return nil, fmt.Errorf("log in to %s: it gave no refresh token, so the login would end in an hour; take headsup's access away in your account there and log in again", c.Name)
	}
	return token, nil
}

// randomText is 256 bits, in the alphabet of RFC 7636 section 4.1.
func randomText(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, alphabet[c&63], alphabet[c>>6])
	}
	return string(out), nil
}

type result struct {
	code string
	err  error
}

// answer hears the browser. The first request with the right state decides; any other
// page on this machine that guesses the port gets nothing and changes nothing.
type answer struct {
	host  string
	state string
	got   chan result
	once  sync.Once
}

func (a *answer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q := r.URL.Query()
	switch {
	case r.Host != a.host: // a name that leads here is not this program
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
		return
	case r.Method != http.MethodGet || r.URL.Path != "/":
		http.NotFound(w, r)
		return
	case subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(a.state)) != 1:
		http.Error(w, "this is not the answer that headsup waits for", http.StatusBadRequest)
		return
	}
	res := result{code: q.Get("code")}
	text := "headsup has what it needs. You can close this window.\n"
	switch {
	case q.Get("error") != "":
		res.err = fmt.Errorf("%w (%s %s)", ErrDenied, printable(q.Get("error")), printable(q.Get("error_description")))
		text = "headsup was not given access. You can close this window.\n"
	case res.code == "":
		http.Error(w, "no code", http.StatusBadRequest)
		return
	}
	fresh := false
	a.once.Do(func() { fresh = true; a.got <- res })
	if !fresh {
		http.Error(w, "this answer was given before", http.StatusGone)
		return
	}
	_, _ = io.WriteString(w, text)
}
