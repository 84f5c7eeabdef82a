package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// provider is an OAuth 2.0 server: authorization by code with PKCE, device flow, refresh
// tokens that are exchanged at each use.
type provider struct {
	t   *testing.T
	URL string

	mu      sync.Mutex
	codes   map[string]url.Values // code: the authorization request
	refresh map[string]bool       // the refresh tokens that hold
	grace   bool                  // an exchanged refresh token holds on
	n       int
	asked   []url.Values // of the token endpoint
	fail    func(form url.Values) (status int, body string)
	pending int // how often a device is told to wait
}

func newProvider(t *testing.T) *provider {
	p := &provider{t: t, codes: map[string]url.Values{}, refresh: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /auth", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /device", p.device)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

func (p *provider) client(t *testing.T) Client {
	t.Helper()
	c, err := Google("id", "secret", Calendar)
	if err != nil {
		t.Fatal(err)
	}
	c.Endpoint = oauth2.Endpoint{AuthURL: p.URL + "/auth", TokenURL: p.URL + "/token", DeviceAuthURL: p.URL + "/device", AuthStyle: oauth2.AuthStyleInParams}
	return c
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	code := fmt.Sprintf("code-%d", p.n)
	p.codes[code] = r.URL.Query()
	back, _ := url.Parse(r.URL.Query().Get("redirect_uri"))
	back.RawQuery = url.Values{"code": {code}, "state": {r.URL.Query().Get("state")}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (p *provider) device(w http.ResponseWriter, r *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]any{"device_code": "device", "user_code": "ABCD-EFGH\x1b[31m", "verification_uri": "https://example.com/device", "expires_in": 60, "interval": 1})
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	p.asked = append(p.asked, r.PostForm)
	w.Header().Set("Content-Type", "application/json")
	no := func(code string) {
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": "because\x1b[31m"})
	}
	if p.fail != nil {
		if status, body := p.fail(r.PostForm); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
	}
	switch f := r.PostForm; f.Get("grant_type") {
	case "authorization_code":
		request, ok := p.codes[f.Get("code")]
		delete(p.codes, f.Get("code")) // once
		sum := sha256.Sum256([]byte(f.Get("code_verifier")))
		switch {
		case !ok, request.Get("redirect_uri") != f.Get("redirect_uri"):
			no("invalid_grant")
			return
		case request.Get("code_challenge_method") != "S256", request.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]):
			no("invalid_grant")
			return
		}
	case "urn:ietf:params:oauth:grant-type:device_code":
		if p.pending > 0 {
			p.pending--
			no("authorization_pending")
			return
		}
	case "refresh_token":
		if !p.refresh[f.Get("refresh_token")] {
			no("invalid_grant")
			return
		}
		if !p.grace {
			delete(p.refresh, f.Get("refresh_token"))
		}
	default:
		no("unsupported_grant_type")
		return
	}
	p.n++
	refresh := fmt.Sprintf("refresh-%d", p.n)
	p.refresh[refresh] = true
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("access-%d", p.n), "token_type": "Bearer", "expires_in": 3600, "refresh_token": refresh})
}

func (p *provider) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// S23: what is asked for, and nothing more.
func TestScopes(t *testing.T) {
	rows := []struct {
		provider string
		uses     []Use
		scopes   string
	}{
		{"google", []Use{Calendar}, "https://www.googleapis.com/auth/calendar.events.readonly"},
		{"google", []Use{MailBox, Calendar}, "https://mail.google.com/ https://www.googleapis.com/auth/calendar.events.readonly"},
		{"google", []Use{GmailAPI}, "https://www.googleapis.com/auth/gmail.modify"},
		{"microsoft", []Use{MailBox}, "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"},
		{"microsoft", []Use{Calendar}, "https://graph.microsoft.com/Calendars.Read.Shared offline_access"},
	}
	for _, row := range rows {
		c, err := Google("id", "", row.uses...)
		if row.provider == "microsoft" {
			c, err = Microsoft("id", "", row.uses...)
		}
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(c.config("http://127.0.0.1/").AuthCodeURL("s"))
		if err != nil || u.Query().Get("scope") != row.scopes {
			t.Errorf("%s %v asks for %q, want %q (%v)", row.provider, row.uses, u.Query().Get("scope"), row.scopes, err)
		}
	}
	for _, s := range []string{"google", "microsoft"} {
		for use, list := range scopes[s] {
			if use == Calendar && slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, "ReadWrite") || strings.HasSuffix(s, "/calendar") }) {
				t.Errorf("%s: the calendar is asked for with more than reading: %v", s, list)
			}
		}
	}
	for name, err := range map[string]error{
		"no client id":     second(Google("", "", Calendar)),
		"nothing":          second(Google("id", "")),
		"gmail of outlook": second(Microsoft("id", "", GmailAPI)),
		"two services":     second(Microsoft("id", "", MailBox, Calendar)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second(_ Client, err error) error { return err }

var epoch = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
