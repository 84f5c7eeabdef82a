package gmailbox

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// newHTTP makes the client under the library. It does not follow redirections: the
// library lets a body be sent twice, and a mail would go twice.
func newHTTP(o Options) *http.Client {
	base := o.Base
	if base == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.ResponseHeaderTimeout = 2 * time.Minute
		base = t
	}
	return &http.Client{
		Transport:     &transport{base: base, tokens: o.Tokens},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// transport gives requests their access token and repeats those that only read: after a
// token that was not taken, too many requests, and faults of the server.
type transport struct {
	base   http.RoundTripper
	tokens Tokens
}

// attempts of a request that only reads.
const attempts = 4

func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		access, err := t.tokens.Access(req.Context())
		if err != nil {
			return nil, err
		}
		out := req.Clone(req.Context())
		out.Header.Set("Authorization", "Bearer "+access)
		res, err := t.base.RoundTrip(out)
		if err != nil {
			return nil, err
		}
		if res.StatusCode == http.StatusUnauthorized {
			t.tokens.Reject(access)
		}
		if req.Method != http.MethodGet || try == attempts || !again(res.StatusCode, try) {
			return res, nil
		}
		delay := backoff(res, try)
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
		res.Body.Close()
		if err := sleep(req.Context(), delay); err != nil {
			return nil, err
		}
	}
}

// again reports whether an answer may be another one next time. A 403 can mean too many
// requests as well; asking again twice does no harm.
func again(status, try int) bool {
	switch status {
	case http.StatusUnauthorized:
		return try == 1
	case http.StatusForbidden:
		return try <= 2
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// backoff is what the server asks for, within reason, or a little more each time.
func backoff(res *http.Response, try int) time.Duration {
	if res.StatusCode == http.StatusUnauthorized {
		return 0
	}
	if s, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && s >= 0 {
		return min(time.Duration(s)*time.Second, 30*time.Second)
	}
	return time.Duration(250<<try) * time.Millisecond
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
