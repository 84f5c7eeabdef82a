package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"headsup/daemon/auth"
)

// authConfig writes a configuration into the home of a test world.
func authConfig(t *testing.T, w *world, text string) {
	t.Helper()
	file := filepath.Join(w.getenv("HOME"), "config.toml")
	text = "[user]\naddress = \"sam@example.com\"\n[[manager]]\naddresses = [\"dana@example.com\"]\nzone = \"UTC\"\n" + text
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w.args = append(w.args, "--config", file)
}

const (
	outlook = "[mailbox]\nkind = \"imap\"\nserver = \"outlook.office365.com\"\nusername = \"sam@example.com\"\nauth = \"xoauth2\"\n"
	gmail   = "[mailbox]\nkind = \"gmail\"\n[google]\nclient_id = \"id\"\n"
	gcal    = "[[calendar]]\nkind = \"google\"\nid = \"dana@example.com\"\n"
	graph   = "[[calendar]]\nkind = \"graph\"\nid = \"dana@example.com\"\n"
	msID    = "[microsoft]\nclient_id = \"id\"\n"
)

// One login at Google for everything, one for each service at Microsoft, none for what
// is not configured.
func TestLoginsOfConfig(t *testing.T) {
	for _, c := range []struct {
		provider, config string
		want             []string // name of the grant, uses
	}{
		{"google", gmail + gcal, []string{"google gmail calendar"}},
		{"google", gmail, []string{"google gmail"}},
		{"google", gcal + gcal + "name = \"other\"\n[google]\nclient_id = \"id\"\n", []string{"google calendar"}},
		{"google", strings.Replace(outlook, "outlook.office365.com", "imap.gmail.com", 1) + "[google]\nclient_id = \"id\"\n", []string{"google mailbox"}},
		{"microsoft", outlook + graph + msID, []string{"microsoft-mailbox mailbox", "microsoft-calendar calendar"}},
		{"microsoft", graph + msID, []string{"microsoft-calendar calendar"}},
		{"microsoft", outlook + msID, []string{"microsoft-mailbox mailbox"}},
		{"microsoft", gmail, nil},
		{"google", outlook + "secret = { file = \"token\" }\n", nil},
	} {
		w, _, _ := testWorld(t)
		authConfig(t, &w, c.config)
		a := &app{world: w, configFile: w.args[len(w.args)-1]}
		cfg, _, err := a.load()
		if err != nil {
			t.Fatalf("%s: %v", c.config, err)
		}
		list, err := a.oauthClients(t.Context(), cfg, c.provider)
		if (err == nil) != (c.want != nil) {
			t.Errorf("%s %q: %v", c.provider, c.config, err)
		}
		var got []string
		for _, l := range list {
			line := l.client.Name
			for _, u := range l.uses {
				line += " " + string(u)
			}
			got = append(got, line)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %q, want %q", c.provider, c.config, got, c.want)
		}
	}
}

// provider is an OAuth server of our own; scope is what it says that it granted.
func provider(t *testing.T, scope string) oauth2.Endpoint {
	challenge := ""
	mux := http.NewServeMux()
	mux.HandleFunc("/auth", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		challenge = q.Get("code_challenge")
		answer := url.Values{"state": {q.Get("state")}, "code": {"c1"}}
		if scope == "denied" {
			answer = url.Values{"state": {q.Get("state")}, "error": {"access_denied"}}
		}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusFound)
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		if r.FormValue("code") != "c1" || base64.RawURLEncoding.EncodeToString(sum[:]) != challenge {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "access-1", "refresh_token": "refresh-1", "token_type": "Bearer", "expires_in": 3600, "scope": scope})
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return oauth2.Endpoint{AuthURL: s.URL + "/auth", TokenURL: s.URL + "/token", AuthStyle: oauth2.AuthStyleInParams}
}

func TestLogIn(t *testing.T) {
	for _, c := range []struct {
		name, scope string
		denied      bool
	}{
		{"all", "https://www.googleapis.com/auth/gmail.modify https://www.googleapis.com/auth/calendar.events.readonly", false},
		{"not said", "", false},
		{"a tick was taken away", "https://www.googleapis.com/auth/gmail.modify", true},
		{"no", "denied", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, stdout, _ := testWorld(t)
			a := &app{world: w}
			client, err := auth.Google("id", "", auth.GmailAPI, auth.Calendar)
			if err != nil {
				t.Fatal(err)
			}
			client.Endpoint = provider(t, c.scope)
			browser := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			dir := filepath.Join(t.TempDir(), "tokens")
			err = a.logIn(t.Context(), login{client, []auth.Use{auth.GmailAPI, auth.Calendar}}, dir, a.way(false, func(url string) {
				res, err := browser.Get(url)
				if err != nil {
					t.Error(err)
					return
				}
				res.Body.Close()
			}))
			if errors.Is(err, auth.ErrDenied) != c.denied || (err != nil) != c.denied {
				t.Fatalf("log in: %v", err)
			}
			g, err := auth.Files{Dir: dir}.Load("google")
			if c.denied {
				if !errors.Is(err, auth.ErrNoGrant) {
					t.Errorf("stored %v, %v", g, err)
				}
				return
			}
			if err != nil || g.Refresh != "refresh-1" {
				t.Errorf("stored %v, %v", g, err)
			}
			out := stdout.String()
			if !strings.Contains(out, "google: granted: reading, drafting and sending mail (Gmail), reading calendars\n") || strings.Contains(out, "refresh-1") {
				t.Errorf("printed %q", out)
			}
		})
	}
}

// Logged in by ssh, the page is brought to the browser of the machine before the person.
func TestLogInBySSH(t *testing.T) {
	for _, connected := range []string{"", "192.0.2.1 50000 192.0.2.2 22"} {
		w, stdout, _ := testWorld(t)
		getenv := w.getenv
		w.getenv = func(key string) string {
			if key == "SSH_CONNECTION" {
				return connected
			}
			return getenv(key)
		}
		client, err := auth.Google("id", "", auth.Calendar)
		if err != nil {
			t.Fatal(err)
		}
		client.Endpoint = provider(t, "")
		browser := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		port := ""
		a := &app{world: w}
		err = a.logIn(t.Context(), login{client, []auth.Use{auth.Calendar}}, filepath.Join(t.TempDir(), "tokens"), a.way(false, func(address string) {
			port = answerPort(address)
			res, err := browser.Get(address)
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
		}))
		says := strings.Contains(stdout.String(), "ssh -L "+port+":127.0.0.1:"+port)
		if err != nil || port == "" || port == "PORT" || says != (connected != "") {
			t.Errorf("%q: %v\n%s", connected, err, stdout)
		}
	}
}

func TestAuthRefuses(t *testing.T) {
	for _, c := range []struct {
		provider, config, want string
		code                   int
	}{
		{"yahoo", gmail, "want google or microsoft", exitUsage},
		{"google --device", gmail, "no rights to mail or calendars are given by a code", exitNo},
		{"microsoft", gmail, "needs nothing from microsoft", exitNo},
		{"microsoft", outlook, "microsoft.client_id is not set", exitConfig},
	} {
		w, _, stderr := testWorld(t, append([]string{"auth"}, strings.Fields(c.provider)...)...)
		authConfig(t, &w, c.config)
		if code := report(stderr, run(t.Context(), w)); code != c.code || !strings.Contains(stderr.String(), c.want) || !strings.Contains(stderr.String(), "hint: ") {
			t.Errorf("auth %s: %d %s", c.provider, code, stderr)
		}
	}
}
