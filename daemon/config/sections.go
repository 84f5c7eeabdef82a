package config

import (
	"fmt"
	"strings"
	"time"

	"headsup/mail"
	"headsup/rules"
)

// walk lays the whole tree over the defaults. The order matters where a section takes
// its defaults from another.
func (w *walker) walk(tree map[string]any) Config {
	c := Default()
	c.User.Zone = w.opt.Zone
	c.Mailbox.Path = w.opt.expand(c.Mailbox.Path)
	c.Notes.Folder = w.opt.expand(c.Notes.Folder)
	root := &table{w: w, tree: tree}
	w.user(root.table("user"), &c.User)
	w.mailbox(root.table("mailbox"), &c.Mailbox)
	w.submission(root.table("submission"), &c.Submission)
	w.quiet(root.table("quiet"), &c.Quiet)
	w.limits(root.table("limits"), &c.Limits)
	for _, t := range root.tables("manager") {
		c.Managers = append(c.Managers, w.manager(t, c))
	}
	for _, t := range root.tables("calendar") {
		c.Calendars = append(c.Calendars, w.calendar(t, c))
	}
	w.notes(root.table("notes"), &c.Notes)
	w.daemon(root.table("daemon"), &c.Daemon)
	w.oauth(root.table("google"), &c.Google, false)
	w.oauth(root.table("microsoft"), &c.Microsoft, true)
	for _, t := range root.tables("rules") {
		c.Rules = append(c.Rules, w.rule(t))
	}
	root.end()
	return c
}

func (w *walker) user(t *table, u *User) {
	t.text("name", &u.Name)
	t.address("address", &u.Address)
	t.addresses("aliases", &u.Aliases)
	t.zone("zone", &u.Zone)
	t.block("signature", &u.Signature)
	word(t, "date_order", &u.DateOrder, DayFirst, MonthFirst, YearFirst)
	if u.Name == "" && !u.Address.IsZero() {
		u.Name = nameOf(u.Address)
	}
	t.end()
}

func (w *walker) mailbox(t *table, m *Mailbox) {
	word(t, "kind", &m.Kind, MailboxMaildir, MailboxIMAP, MailboxGmail)
	t.file("path", &m.Path)
	w.server(t, "imap", &m.Server)
	f := t.table("folders")
	for _, p := range []struct {
		key string
		to  *string
	}{{"inbox", &m.Folders.Inbox}, {"drafts", &m.Folders.Drafts}, {"sent", &m.Folders.Sent},
		{"queue", &m.Folders.Queue}, {"queue_now", &m.Folders.QueueNow}, {"all", &m.Folders.All}} {
		f.text(p.key, p.to)
	}
	f.end()
	words(t, "approve", &m.Approve, GestureMove, GestureStar)
	t.duration("history", &m.History, 7*24*time.Hour, 10*365*24*time.Hour)
	t.duration("poll", &m.Poll, 5*time.Second, time.Hour)
	t.answer("files_sent", &m.FilesSent)
	t.unused(string(m.Kind), []string{"maildir"}, "path")
	t.unused(string(m.Kind), []string{"imap"}, serverKeys()...)
	t.end()
}

func serverKeys() []string {
	return []string{"server", "port", "tls", "ca_file", "username", "auth", "secret"}
}

// server reads the keys that mailbox and submission share.
func (w *walker) server(t *table, service string, s *Server) {
	t.text("server", &s.Host)
	if strings.ContainsAny(s.Host, "/: ") && s.Host != "::1" {
		t.fault("server", s.Host, "is not a host name", "a name such as mail.example.com", "the port has a key of its own, port")
	}
	word(t, "tls", &s.TLS, TLSImplicit, TLSStartTLS, TLSPlain)
	s.Port = defaultPort(service, s.TLS)
	t.count("port", &s.Port, 1, 65535)
	t.file("ca_file", &s.CAFile)
	t.text("username", &s.Username)
	word(t, "auth", &s.Auth, AuthPassword, AuthXOAuth2, AuthOAuthBearer, AuthNone)
	t.secret("secret", &s.Secret)
}

func (w *walker) submission(t *table, s *Submission) {
	word(t, "kind", &s.Kind, SubmissionSendmail, SubmissionSMTP, SubmissionGmail)
	t.list("command", &s.Command)
	w.server(t, "submission", &s.Server)
	t.answer("keeps_id", &s.KeepsID)
	t.unused(string(s.Kind), []string{"sendmail"}, "command")
	t.unused(string(s.Kind), []string{"smtp"}, serverKeys()...)
	t.end()
}

// answer reads yes, no or unknown.
func (t *table) answer(key string, to *mail.Answer) {
	said := "unknown"
	word(t, key, &said, "yes", "no", "unknown")
	if *to = mail.Answer(said); said == "unknown" {
		*to = mail.Unknown
	}
}

func (w *walker) quiet(t *table, q *Quiet) {
	t.clock("from", &q.From)
	t.clock("to", &q.To)
	t.flag("weekends", &q.Weekends)
	t.end()
}

func (w *walker) limits(t *table, l *Limits) {
	t.count("max_per_day", &l.MaxPerDay, 1, 50)
	t.duration("min_gap", &l.MinGap, 0, 24*time.Hour)
	mb := int(l.MinFreeDisk >> 20)
	t.count("min_free_disk_mb", &mb, 16, 1<<20)
	l.MinFreeDisk = int64(mb) << 20
	t.end()
}

func (w *walker) manager(t *table, c Config) Manager {
	m := DefaultManager(c)
	t.addresses("addresses", &m.Addresses)
	if len(m.Addresses) > 0 {
		m.Name = nameOf(m.Addresses[0])
	}
	t.text("name", &m.Name)
	m.Key = keyOf(m.Name)
	t.text("key", &m.Key)
	if m.Key != keyOf(m.Key) {
		t.fault("key", m.Key, "is not a short name", "small letters, digits and hyphens", fmt.Sprintf("use %q", keyOf(m.Key)))
	}
	t.text("greeting", &m.Greeting)
	t.zone("zone", &m.Zone)
	word(t, "style", &m.Style, StyleBrief, StyleDetailed)
	t.hours("hours", &m.Hours)
	t.days("days", &m.Hours.Days)
	m.Hours.Declared = t.has("hours") || t.has("days")
	t.clock("earliest", &m.Earliest)
	t.clock("latest", &m.Latest)
	quiet := c.Quiet
	w.quiet(t.table("quiet"), &quiet)
	if t.has("quiet") {
		m.Quiet = &quiet
	}
	t.flag("urgent_at_night", &m.UrgentAtNight)
	t.count("max_per_day", &m.MaxPerDay, 1, 50)
	t.duration("min_gap", &m.MinGap, 0, 24*time.Hour)
	t.text("region", &m.Region)
	t.end()
	return m
}

// nameOf makes a name from an address: dana.reyes@example.com is Dana Reyes.
func nameOf(a mail.Address) string {
	words := strings.FieldsFunc(a.Local(), func(r rune) bool { return strings.ContainsRune("._-+", r) })
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// keyOf makes a short name of letters, digits and hyphens: "Dana Reyes" is dana-reyes.
func keyOf(name string) string {
	fields := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	return strings.Join(fields, "-")
}

// hours reads "09:00-17:00".
func (t *table) hours(key string, to *Hours) {
	s, ok := t.str(key, `"09:00-17:00"`)
	if !ok {
		return
	}
	from, until, ok := strings.Cut(s, "-")
	a, err1 := ParseTimeOfDay(strings.TrimSpace(from))
	b, err2 := ParseTimeOfDay(strings.TrimSpace(until))
	switch {
	case !ok || err1 != nil || err2 != nil:
		t.fault(key, s, "is not a stretch of the day", `"09:00-17:00"`, "")
	case a >= b:
		t.fault(key, s, "ends before it begins", `"09:00-17:00"`, "")
	default:
		to.From, to.To = a, b
	}
}

// weekdays are the names of the days as they stand in the file.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (t *table) days(key string, to *[]time.Weekday) {
	var names []string
	words(t, key, &names, weekdays...)
	if names == nil {
		return
	}
	if len(names) == 0 {
		t.fault(key, nil, "is an empty list", quoteAll(weekdays), "")
		return
	}
	*to = nil
	for day, name := range weekdays {
		for _, n := range names {
			if n == name {
				*to = append(*to, time.Weekday(day))
				break
			}
		}
	}
}

func (w *walker) calendar(t *table, c Config) Calendar {
	kind := CalendarFile
	if !t.has("kind") && w.schema == nil {
		t.fault("kind", nil, missing, `"file", "url", "caldav", "google", "graph"`, "")
	}
	word(t, "kind", &kind, CalendarFile, CalendarURL, CalendarCalDAV, CalendarGoogle, CalendarGraph)
	cal := DefaultCalendar(kind)
	t.text("manager", &cal.Manager)
	if cal.Manager == "" && len(c.Managers) == 1 {
		cal.Manager = c.Managers[0].Key
	}
	cal.Name = cal.Manager
	t.text("name", &cal.Name)
	t.file("path", &cal.Path)
	t.webURL("url", &cal.URL)
	t.text("id", &cal.ID)
	t.flag("free_busy", &cal.FreeBusy)
	t.text("username", &cal.Username)
	t.secret("secret", &cal.Secret)
	t.file("ca_file", &cal.CAFile)
	t.flag("allow_private", &cal.AllowPrivate)
	t.duration("max_age", &cal.MaxAge, 0, 365*24*time.Hour)
	t.duration("poll", &cal.Poll, 5*time.Second, 24*time.Hour)
	t.addresses("owner", &cal.Owner)
	word(t, "tentative", &cal.Tentative, TreatBusy, TreatFree)
	word(t, "declined", &cal.Declined, TreatFree, TreatBusy)
	t.list("focus_titles", &cal.FocusTitles)
	k := string(kind)
	t.unused(k, []string{"file"}, "path")
	t.unused(k, []string{"url", "caldav"}, "url", "allow_private", "username", "secret", "ca_file")
	t.unused(k, []string{"caldav", "google", "graph"}, "id", "free_busy")
	t.end()
	return cal
}

func (w *walker) notes(t *table, n *Notes) {
	t.file("folder", &n.Folder)
	t.list("extensions", &n.Extensions)
	t.text("default_manager", &n.DefaultManager)
	t.file("templates", &n.Templates)
	t.list("extract_command", &n.ExtractCommand)
	t.count("max_drafts_per_hour", &n.MaxDraftsPerHour, 1, 1000)
	t.end()
}

func (w *walker) daemon(t *table, d *Daemon) {
	word(t, "log_level", &d.LogLevel, "debug", "info", "warn", "error")
	t.text("metrics_addr", &d.MetricsAddr)
	t.file("plan_file", &d.PlanFile)
	t.flag("plan_details", &d.PlanDetails)
	t.end()
}

func (w *walker) oauth(t *table, o *OAuth, tenant bool) {
	t.text("client_id", &o.ClientID)
	t.secret("client_secret", &o.ClientSecret)
	if tenant {
		t.text("tenant", &o.Tenant)
	}
	t.end()
}

func (w *walker) rule(t *table) Rule {
	var r Rule
	t.text("name", &r.Name)
	t.block("when", &r.When)
	word(t, "priority", &r.Priority, rules.Priorities()...)
	word(t, "approval", &r.Approval, ApprovalAsk, ApprovalAuto)
	t.addresses("cc", &r.CC)
	t.text("not_before", &r.NotBefore)
	t.text("by", &r.By)
	word(t, "style", &r.Style, StyleBrief, StyleDetailed)
	t.end()
	return r
}
