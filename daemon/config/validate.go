package config

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"

	"headsup/mail"
	"headsup/rules/policy"
)

// check collects what is wrong with the whole.
type check struct{ faults Faults }

func (k *check) fault(key, value, problem, allowed, hint string) {
	k.faults = append(k.faults, Fault{Key: key, Value: value, Problem: problem, Allowed: allowed, Hint: hint})
}

// missing is the problem of a key that is not there.
const missing = "is missing"

// want is the fault of a key that must be there.
func (k *check) want(absent bool, key, allowed string) {
	if absent {
		k.fault(key, "", missing, allowed, "")
	}
}

// Validate looks at what one key alone cannot show: what is missing, what does not fit
// together, what stands twice.
func (c Config) Validate() Faults {
	var k check
	k.user(c)
	k.mailbox(c)
	k.submission(c)
	k.quiet("quiet", c.Quiet)
	k.managers(c)
	k.calendars(c)
	k.notes(c)
	k.daemon(c)
	k.rules(c)
	return k.faults
}

func (k *check) user(c Config) {
	k.want(c.User.Address.IsZero(), "user.address", "your mail address")
	k.want(c.User.Zone == nil, "user.zone", `your time zone, such as "Europe/Berlin" (this system does not name its own)`)
}

func (k *check) mailbox(c Config) {
	m := c.Mailbox
	switch m.Kind {
	case MailboxMaildir:
		k.want(m.Path == "", "mailbox.path", "the folder with cur, new and tmp")
	case MailboxIMAP:
		k.server("mailbox", m.Server)
	case MailboxGmail:
		k.want(c.Google.ClientID == "", "google.client_id", "the OAuth client that you registered with Google")
	}
	if m.Approve != nil && len(m.Approve) == 0 {
		k.fault("mailbox.approve", "", "is an empty list", `"move", "star"`, "without a gesture, approve with `headsup queue approve ID`; leave the key out for both")
	}
}

// server checks what it takes to reach a server and to log in.
func (k *check) server(section string, s Server) {
	k.want(s.Host == "", section+".server", "the name of the server")
	if s.TLS == TLSPlain && s.Host != "" && !isLoopback(s.Host) {
		k.fault(section+".tls", `"plain"`, "would show your mail and password to the network", `"implicit", "starttls"; "plain" to this machine only`, "")
	}
	if s.Auth == AuthNone {
		if !s.Secret.IsZero() {
			k.fault(section+".secret", "", `means nothing with auth = "none"`, "", "remove it, or remove auth")
		}
		return
	}
	k.want(s.Username == "", section+".username", "the name to log in with (often your address)")
	if s.Auth == AuthPassword {
		k.want(s.Secret.IsZero(), section+".secret", `{ command = ["…"] }, { file = "…" } or { keyring = "service/user" }`)
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func (k *check) submission(c Config) {
	switch s := c.Submission; s.Kind {
	case SubmissionSMTP:
		k.server("submission", s.Server)
	case SubmissionSendmail:
		if len(s.Command) == 0 || !strings.HasPrefix(s.Command[0], "/") {
			k.fault("submission.command", "", "does not begin with the full path of a program", `["/usr/sbin/sendmail", "-i"]`, "")
		}
	case SubmissionGmail:
		k.want(c.Google.ClientID == "", "google.client_id", "the OAuth client that you registered with Google")
	}
}

func (k *check) quiet(section string, q Quiet) {
	if q.From == q.To {
		k.fault(section+".from", show(q.From.String()), "is the same as to, which would be no quiet time or nothing else", "two different times", "")
	}
}

func (k *check) managers(c Config) {
	if len(c.Managers) == 0 {
		k.fault("manager", "", missing, "at least one [[manager]] with addresses", "")
	}
	keys, owners := map[string]int{}, map[string]string{c.User.Address.Key(): "user.address"}
	for i, m := range c.Managers {
		at := fmt.Sprintf("manager[%d]", i)
		k.want(len(m.Addresses) == 0, at+".addresses", `["dana@example.com"]`)
		if j, twice := keys[m.Key]; twice && m.Key != "" {
			k.fault(at+".key", show(m.Key), fmt.Sprintf("is the key of manager[%d] already", j), "", "give one of them a key of its own")
		}
		keys[m.Key] = i
		k.want(m.Key == "" && m.Name != "", at+".key", "a short name of letters, digits and hyphens (none can be made from the name)")
		k.owned(at, m.Addresses, owners)
		k.limits(at, m)
	}
}

// owned finds addresses that stand with two people.
func (k *check) owned(at string, list []mail.Address, owners map[string]string) {
	for j, a := range list {
		key := fmt.Sprintf("%s.addresses[%d]", at, j)
		if other, twice := owners[a.Key()]; twice {
			k.fault(key, show(a.String()), "stands at "+other+" already", "every address belongs to one person", "")
			continue
		}
		owners[a.Key()] = key
	}
}

func (k *check) limits(at string, m Manager) {
	if m.Earliest != NoTime && m.Latest != NoTime && m.Earliest >= m.Latest {
		k.fault(at+".earliest", show(m.Earliest.String()), "is not before latest, so that nothing could ever go", "a time before "+m.Latest.String(), "")
	}
	if m.Quiet != nil {
		k.quiet(at+".quiet", *m.Quiet)
	}
}

func (k *check) calendars(c Config) {
	names := map[string]int{}
	for i, cal := range c.Calendars {
		at := fmt.Sprintf("calendar[%d]", i)
		k.managerKey(at+".manager", cal.Manager, c, true)
		switch cal.Kind {
		case CalendarFile:
			k.want(cal.Path == "", at+".path", "the .ics file")
		case CalendarURL, CalendarCalDAV:
			k.want(cal.URL == "", at+".url", `"https://…"`)
			if strings.HasPrefix(cal.URL, "http:") && !cal.AllowPrivate {
				k.fault(at+".url", "", "is not encrypted", `"https://…"`, "allow_private = true allows http to this machine or network")
			}
		case CalendarGoogle:
			k.want(c.Google.ClientID == "", "google.client_id", "the OAuth client that you registered with Google")
		case CalendarGraph:
			k.want(c.Microsoft.ClientID == "", "microsoft.client_id", "the OAuth client that you registered with Microsoft")
		}
		if j, twice := names[cal.Name]; twice {
			k.fault(at+".name", show(cal.Name), fmt.Sprintf("is the name of calendar[%d] already", j), "", "give one of them a name of its own")
		}
		names[cal.Name] = i
	}
}

// managerKey checks that a manager is known.
func (k *check) managerKey(at, key string, c Config, must bool) {
	var known []string
	for _, m := range c.Managers {
		known = append(known, m.Key)
	}
	switch {
	case key == "" && must:
		k.want(true, at, "the key of a manager: "+quoteAll(known))
	case key != "" && !slices.Contains(known, key):
		k.fault(at, show(key), "is not the key of a manager", quoteAll(known), didYouMean(key, known))
	}
}

func (k *check) notes(c Config) {
	n := c.Notes
	k.managerKey("notes.default_manager", n.DefaultManager, c, false)
	for i, ext := range n.Extensions {
		if len(ext) < 2 || ext[0] != '.' || strings.ContainsAny(ext[1:], "./ *") {
			k.fault(fmt.Sprintf("notes.extensions[%d]", i), show(ext), "is not the end of a file name", `".md"`, "")
		}
	}
	if len(n.ExtractCommand) > 0 && n.ExtractCommand[0] == "" {
		k.fault("notes.extract_command", "", "is empty", `program and arguments, ["my-model", "--json"]`, "")
	}
}

func (k *check) daemon(c Config) {
	k.planFile(c)
	addr := c.Daemon.MetricsAddr
	if addr == "" {
		return
	}
	host, _, err := net.SplitHostPort(addr)
	switch {
	case err != nil:
		k.fault("daemon.metrics_addr", show(addr), "is not an address to listen on", `"127.0.0.1:9465"`, "")
	case !isLoopback(host):
		k.fault("daemon.metrics_addr", show(addr), "would be open to the network", "an address of this machine, \"127.0.0.1:9465\"", "")
	}
}

// planFile must not be a file that somebody else writes, or that is read as somebody's
// calendar.
func (k *check) planFile(c Config) {
	path := c.Daemon.PlanFile
	if path == "" {
		if c.Daemon.PlanDetails {
			k.fault("daemon.plan_details", show(true), "means nothing without daemon.plan_file", "daemon.plan_file", "")
		}
		return
	}
	if !strings.EqualFold(filepath.Ext(path), ".ics") {
		k.fault("daemon.plan_file", show(path), "is not the name of a calendar file", `a file that ends in ".ics"`, "")
	}
	for i, cal := range c.Calendars {
		if cal.Path != "" && filepath.Clean(cal.Path) == filepath.Clean(path) {
			k.fault("daemon.plan_file", show(path), fmt.Sprintf("is also calendar[%d].path, and would be written over", i), "a file of its own", "")
		}
	}
}

// rules lets rules/policy compile the rules: one function says what a rule may be.
func (k *check) rules(c Config) {
	_, faults := policy.Compile(c.PolicyRules())
	for _, f := range faults {
		key := fmt.Sprintf("rules[%d].%s", f.Rule, f.Key)
		text := f.Text
		if f.Column > 0 {
			text = fmt.Sprintf("column %d: %s", f.Column, text)
		}
		hint := ""
		if strings.Contains(text, `Operator("=")`) {
			hint = "to compare, write == instead of ="
		}
		k.fault(key, "", text, "", hint)
	}
}

// PolicyRules are the rules as rules/policy reads them.
func (c Config) PolicyRules() []policy.Rule {
	var out []policy.Rule
	for _, r := range c.Rules {
		p := policy.Rule{
			Name: r.Name, When: r.When, Priority: string(r.Priority), Approval: string(r.Approval),
			NotBefore: r.NotBefore, By: r.By, Style: string(r.Style),
		}
		for _, a := range r.CC {
			p.Cc = append(p.Cc, a.String())
		}
		out = append(out, p)
	}
	return out
}
