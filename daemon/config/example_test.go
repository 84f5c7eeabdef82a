package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const exampleFile = "../../config.example.toml"

var (
	exampleHeader = regexp.MustCompile(`^#?\[\[?([a-z.]+)\]\]?$`)
	exampleKey    = regexp.MustCompile(`^#?([a-z_]+) = (.*)$`)
)

func readExample(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(b), "\n")
}

// TestExampleNamesEveryKey compares the example with the schema, both ways, and wants a
// sentence above every key or pair of keys.
func TestExampleNamesEveryKey(t *testing.T) {
	seen := map[string]bool{}
	section, above := "", ""
	lines := readExample(t)
	for i, line := range lines {
		if m := exampleHeader.FindStringSubmatch(line); m != nil {
			section = m[1]
			seen[section] = true
		} else if m := exampleKey.FindStringSubmatch(line); m != nil {
			if seen[section+"."+m[1]] {
				t.Errorf("line %d: %s.%s stands twice", i+1, section, m[1])
			}
			seen[section+"."+m[1]] = true
			if !strings.HasPrefix(above, "# ") && !exampleKey.MatchString(above) {
				t.Errorf("line %d: nothing is said about %s.%s", i+1, section, m[1])
			}
		}
		above = line
	}
	for _, key := range Schema() {
		if parent, last := cutLast(key); strings.HasSuffix(parent, "secret") && !slices.Contains([]string{"mailbox", "submission"}, last) {
			continue // the four places of a secret are explained at the top
		}
		if !seen[key] {
			t.Errorf("%s is not in the example", key)
		}
		delete(seen, key)
	}
	for key := range seen {
		t.Errorf("the example has %s, which headsup does not know", key)
	}
}

// TestExampleRuns: two addresses are enough.
func TestExampleRuns(t *testing.T) {
	text := strings.Join(readExample(t), "\n")
	if _, faults := Parse([]byte(text), options()); len(faults) != 2 {
		t.Errorf("untouched, it must ask for the two addresses and nothing else:\n%v", faults)
	}
	c, faults := Parse([]byte(fillIn(text)), options())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if c.Mailbox.Kind != MailboxMaildir || c.Submission.Kind != SubmissionSendmail || len(c.Calendars) != 0 || c.Managers[0].Name != "Dana" {
		t.Errorf("got %+v", c)
	}
}

func fillIn(text string) string {
	text = strings.Replace(text, `address = ""`, `address = "sam@example.com"`, 1)
	return strings.Replace(text, `addresses = [""]`, `addresses = ["dana@example.com"]`, 1)
}

// TestExampleValues: with everything switched on, no value is at fault.
func TestExampleValues(t *testing.T) {
	lines := readExample(t)
	for i, line := range lines {
		if exampleHeader.MatchString(line) || exampleKey.MatchString(line) {
			lines[i] = strings.TrimPrefix(line, "#")
		}
	}
	_, faults := Parse([]byte(fillIn(strings.Join(lines, "\n"))), options())
	for _, f := range faults {
		if !strings.HasPrefix(f.Problem, "means nothing with kind") {
			t.Error(f)
		}
	}
}
