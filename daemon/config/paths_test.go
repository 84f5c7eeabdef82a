package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestResolvePaths(t *testing.T) {
	xdg := map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_RUNTIME_DIR": "/run/user/1000"}
	for _, c := range []struct {
		name                  string
		env                   Env
		vars                  map[string]string
		config, state, socket string
	}{
		{"plain", Env{}, nil, "/home/sam/.config/headsup/config.toml", "/home/sam/.local/state/headsup", "/home/sam/.local/state/headsup/run/control.sock"},
		{"xdg", Env{}, xdg, "/c/headsup/config.toml", "/s/headsup", "/run/user/1000/headsup/control.sock"},
		{"relative xdg is ignored", Env{}, map[string]string{"XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": "./s"}, "/home/sam/.config/headsup/config.toml", "/home/sam/.local/state/headsup", "/home/sam/.local/state/headsup/run/control.sock"},
		{"systemd", Env{}, map[string]string{"STATE_DIRECTORY": "/var/lib/headsup", "XDG_RUNTIME_DIR": "/run/user/1000"}, "/home/sam/.config/headsup/config.toml", "/var/lib/headsup", "/run/user/1000/headsup/control.sock"},
		{"flags", Env{Config: "/tmp/c.toml", State: "/tmp/state"}, xdg, "/tmp/c.toml", "/tmp/state", "/tmp/state/run/control.sock"},
		{"mac", Env{GOOS: "darwin"}, nil, "/home/sam/Library/Application Support/headsup/config.toml", "/home/sam/Library/Application Support/headsup", "/home/sam/Library/Application Support/headsup/run/control.sock"},
	} {
		c.env.Home = "/home/sam"
		c.env.Getenv = func(key string) string { return c.vars[key] }
		p, err := ResolvePaths(c.env)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		want := Paths{Config: c.config, State: c.state, Socket: c.socket, Database: c.state + "/headsup.db", Journal: c.state + "/journal.log", Tokens: c.state + "/tokens"}
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if _, err := ResolvePaths(Env{}); err == nil {
		t.Error("no home folder is no error")
	}
}

func TestSystemZone(t *testing.T) {
	for tz, want := range map[string]string{"Europe/Berlin": "Europe/Berlin", ":America/New_York": "America/New_York", "Mars/Olympus": "", ":": "", "CET-1CEST": ""} {
		got := ""
		if loc := SystemZone(func(string) string { return tz }); loc != nil {
			got = loc.String()
		}
		if got != want {
			t.Errorf("TZ=%s: got %q, want %q", tz, got, want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"0s": 0, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "7d": 168 * time.Hour, "26w": 26 * 168 * time.Hour,
	} {
		if got, err := ParseDuration(in); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "d", "-1d", "1.5d", "65536d", "9999w", "1y", "10", "1 h", "9999999h", "-5m", "1d12h"} {
		if got, err := ParseDuration(in); err == nil {
			t.Errorf("%q: %s", in, got)
		}
	}
}

func TestParseTimeOfDay(t *testing.T) {
	for in, want := range map[string]string{"9:00": "09:00", "09:05": "09:05", "00:00": "00:00", "24:00": "24:00", "23:59": "23:59"} {
		if got, err := ParseTimeOfDay(in); err != nil || got.String() != want {
			t.Errorf("%q: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "9", "9:0", "24:01", "25:00", "12:60", "-1:00", "009:00", "+9:00", "9:00 ", "9.00"} {
		if got, err := ParseTimeOfDay(in); err == nil {
			t.Errorf("%q: %s", in, got)
		}
	}
	if NoTime.String() != "" {
		t.Errorf("no time is %q", NoTime)
	}
}

// TestLines: every key knows its line, whatever stands around it.
func TestLines(t *testing.T) {
	text := `# a comment with [brackets] and "quotes
top = 1
[a] # tail
s = "x # no comment \" [b]"
l = '''
[c]
key = 1
''''' # two quotes belong to the text
m = """\
  ]
  """
list = [ # comment ]
  "one", [2,
  3],
]
inline = { x = 1, "y z" = { deep = true } }
"quoted.key" = 1
d.o.t = 2

[[t]]
k = 1
[t.sub]
k = 2
[[t]]
[t.sub]
k = 3
`
	lines, err := indexLines(text)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{
		"top": 2, "a": 3, "a.s": 4, "a.l": 5, "a.m": 9, "a.list": 12, "a.list[0]": 13, "a.list[1]": 13, "a.list[1][1]": 14,
		"a.inline": 16, "a.inline.x": 16, `a.inline."y z".deep`: 16, `a."quoted.key"`: 17, "a.d.o.t": 18,
		"t[0]": 20, "t[0].k": 21, "t[0].sub": 22, "t[0].sub.k": 23, "t[1]": 24, "t[1].sub": 25, "t[1].sub.k": 26,
	} {
		if lines[path] != want {
			t.Errorf("%s: line %d, want %d", path, lines[path], want)
		}
	}
	if lines["c"] != 0 || lines["a.key"] != 0 {
		t.Error("what stands in a text was taken for a key")
	}
}

func TestQuietFor(t *testing.T) {
	c, faults := Parse([]byte(minimal+"[manager.quiet]\nfrom = \"20:00\"\n[quiet]\nto = \"07:00\"\n"), options())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got := c.QuietFor(c.Managers[0]); got != (Quiet{From: Clock(20, 0), To: Clock(7, 0), Weekends: true}) {
		t.Errorf("the manager's quiet hours are not laid over the common ones: %+v", got)
	}
	if got := c.QuietFor(Manager{}); got != c.Quiet {
		t.Errorf("got %+v", got)
	}
}
