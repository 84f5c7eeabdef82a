package auth

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// emulator is Google as others understand it: the npm packages @emulators/google and
// @emulators/core 0.4.1 with @hono/node-server, in the folder that HEADSUP_EMULATOR names.
const emulator = `
import { createServer } from "@emulators/core";
import { googlePlugin, seedFromConfig } from "@emulators/google";
import { serve } from "@hono/node-server";
const s = createServer(googlePlugin, { baseUrl: "http://127.0.0.1" });
seedFromConfig(s.store, "http://127.0.0.1", { users: [{ email: "sam@example.com", name: "Sam Okafor" }] });
serve({ fetch: s.app.fetch, hostname: "127.0.0.1", port: 0 }, (info) => console.log("port " + info.port));
process.stdin.on("end", () => process.exit(0)).resume();
`

func startEmulator(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("HEADSUP_EMULATOR")
	if dir == "" {
		t.Skip("HEADSUP_EMULATOR names no folder with @emulators/google: login is tested against our own provider only")
	}
	cmd := exec.Command("node", "--input-type=module", "-e", emulator)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
	})
	in := bufio.NewScanner(stdout)
	for in.Scan() {
		if port, ok := strings.CutPrefix(in.Text(), "port "); ok {
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatalf("the emulator did not start: %v", in.Err())
	return ""
}

// Login, exchange and use, against a provider that we did not write.
func TestEmulator(t *testing.T) {
	base := startEmulator(t)
	c, err := Google("id", "secret", Calendar)
	if err != nil {
		t.Fatal(err)
	}
	c.Endpoint = oauth2.Endpoint{AuthURL: base + "/o/oauth2/v2/auth", TokenURL: base + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	read := func(res *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b)
	}
	token, err := Loopback(t.Context(), c, nil, func(address string) error {
		if status, page := read(client.Get(address)); status != 200 || !strings.Contains(page, "sam@example.com") {
			t.Errorf("the page to sign in: %d", status)
		}
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		form := u.Query() // the fields of the button beside Sam's name
		form.Set("email", "sam@example.com")
		if status, page := read(client.PostForm(base+"/o/oauth2/v2/auth/callback", form)); status != 200 || !strings.Contains(page, "what it needs") {
			t.Errorf("the answer of the browser: %d %q", status, page)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	store := Files{t.TempDir()}
	if err := store.Save(c.Name, FromToken(token, c)); err != nil {
		t.Fatal(err)
	}
	s := &Source{Client: c, Store: store, HTTP: client, Now: func() time.Time { return time.Now().Add(2 * time.Hour) }} // the first token is over
	access, err := s.Access(t.Context())
	if err != nil || access == token.AccessToken {
		t.Fatalf("exchanged for %q, %v", access, err)
	}
	for bearer, want := range map[string]int{access: 200, "google_invalid": 401} {
		req, err := http.NewRequest(http.MethodGet, base+"/calendar/v3/users/me/calendarList", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		if status, body := read(client.Do(req)); status != want {
			t.Errorf("the calendar answers %d, want %d: %s", status, want, body)
		}
	}
}
