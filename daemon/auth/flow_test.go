package auth

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/oauth2"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// browse follows an address as a browser does and returns the page at its end.
func browse(t *testing.T, address string, change func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func TestLoopback(t *testing.T) {
	p := newProvider(t)
	token, err := Loopback(t.Context(), p.client(t), nil, func(address string) error {
		q := mustParse(t, address).Query()
		if q.Get("code_challenge_method") != "S256" || len(q.Get("state")) < 43 || q.Get("access_type") != "offline" {
			t.Errorf("asked with %v", q)
		}
		if !strings.HasPrefix(q.Get("redirect_uri"), "http://127.0.0.1:") {
			t.Errorf("redirect to %q", q.Get("redirect_uri"))
		}
		status, page := browse(t, address, nil)
		if status != 200 || !strings.Contains(page, "You can close this window") {
			t.Errorf("page %d %q", status, page)
		}
		return nil
	})
	if err != nil || token.RefreshToken == "" {
		t.Fatalf("got %v, %v", token, err)
	}
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// S24: mixed-up state, wrong host, wrong method, a second answer. None of them may end
// the flow or be taken for the answer.
func TestLoopbackDistractions(t *testing.T) {
	p := newProvider(t)
	token, err := Loopback(t.Context(), p.client(t), nil, func(address string) error {
		q := mustParse(t, address).Query()
		back, state := q.Get("redirect_uri"), q.Get("state")
		rows := []struct {
			name   string
			url    string
			change func(*http.Request)
			status int
		}{
			{"no state", back + "?code=evil", nil, 400},
			{"another state", back + "?code=evil&state=" + strings.Repeat("a", len(state)), nil, 400},
			{"a refusal with another state", back + "?error=access_denied&state=x", nil, 400},
			{"no code", back + "?state=" + state, nil, 400},
			{"another page", back + "favicon.ico?code=evil&state=" + state, nil, 404},
			{"a form", back + "?code=evil&state=" + state, func(r *http.Request) { r.Method = http.MethodPost }, 404},
			{"another host", back + "?code=evil&state=" + state, func(r *http.Request) { r.Host = "evil.example.net" }, 421},
			{"a host that ends well", back + "?code=evil&state=" + state, func(r *http.Request) { r.Host = "127.0.0.1.evil.example.net" }, 421},
		}
		for _, row := range rows {
			if status, page := browse(t, row.url, row.change); status != row.status || strings.Contains(page, "what it needs") {
				t.Errorf("%s: %d %q", row.name, status, page)
			}
		}
		browse(t, address, nil)
		return nil
	})
	if err != nil || token == nil {
		t.Fatalf("the true answer did not get through: %v", err)
	}
}

func TestLoopbackRefused(t *testing.T) {
	p := newProvider(t)
	_, err := Loopback(t.Context(), p.client(t), nil, func(address string) error {
		q := mustParse(t, address).Query()
		browse(t, q.Get("redirect_uri")+"?error=access_denied&error_description=no%1b%5b31m&state="+q.Get("state"), nil)
		return nil
	})
	if !errors.Is(err, ErrDenied) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("got %q", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = Loopback(ctx, p.client(t), nil, func(string) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("nobody answers: %v", err)
	}
}

// S24: a code is good once, and only with the verifier of the flow that asked for it.
func TestReplayedCode(t *testing.T) {
	p := newProvider(t)
	var code, back string
	_, err := Loopback(t.Context(), p.client(t), nil, func(address string) error {
		back = mustParse(t, address).Query().Get("redirect_uri")
		status, _ := browse(t, address, nil)
		if status != 200 {
			t.Errorf("status %d", status)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	code = p.asked[0].Get("code")
	c := p.client(t)
	if _, err := c.config(back).Exchange(t.Context(), code, oauth2.VerifierOption("other")); err == nil {
		t.Error("the code was good twice")
	}
	// A code that another flow got, put into ours: the verifier does not fit.
	_, err = Loopback(t.Context(), c, nil, func(address string) error {
		q := mustParse(t, address).Query()
		other := mustParse(t, address)
		oq := other.Query()
		oq.Set("code_challenge", "another")
		other.RawQuery = oq.Encode()
		p.mu.Lock()
		p.codes["stolen"] = oq
		p.mu.Unlock()
		browse(t, q.Get("redirect_uri")+"?code=stolen&state="+q.Get("state"), nil)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("a stolen code: %v", err)
	}
}

func TestDevice(t *testing.T) {
	p := newProvider(t)
	p.pending = 1
	token, err := Device(t.Context(), p.client(t), func(uri, code string) error {
		if uri != "https://example.com/device" || code != "ABCD-EFGH [31m" {
			t.Errorf("shown %q %q", uri, code)
		}
		return nil
	})
	if err != nil || token.RefreshToken == "" {
		t.Fatalf("got %v, %v", token, err)
	}
	p.fail = func(url.Values) (int, string) { return 400, `{"error":"access_denied"}` }
	if _, err := Device(t.Context(), p.client(t), func(string, string) error { return nil }); !errors.Is(err, ErrDenied) {
		t.Errorf("denied: %v", err)
	}
	p.fail = func(url.Values) (int, string) {
		return 200, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`
	}
	if _, err := Device(t.Context(), p.client(t), func(string, string) error { return nil }); err == nil || !strings.Contains(err.Error(), "no refresh token") {
		t.Errorf("without a refresh token: %v", err)
	}
}
