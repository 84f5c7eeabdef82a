package demo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"headsup/daemon/config"
	"headsup/mail"
	"headsup/mail/letter"
)

// Names of the small world.
const (
	samAddress  = "sam@example.com"
	danaAddress = "dana@example.com"
	inesAddress = "ines@example.com"
	zoneName    = "Europe/Berlin"
)

// world is a folder with everything that a headsup needs: a mailbox with half a year of
// mail, a calendar, a folder for notes, and the state.
type world struct {
	dir  string
	zone *time.Location
	imap *imapServer // nil: the mailbox is a Maildir in the folder
	rng  *rand.Rand
	now  func() time.Time
	n    int
}

func (w *world) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}

// build makes the world as it is on the morning of the first day.
func build(dir string, clock func() time.Time, imap bool) (*world, error) {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, zone: zone, rng: rand.New(rand.NewPCG(20260302, 1)), now: clock}
	for _, sub := range []string{"notes", "sent", "state"} {
		if err := os.MkdirAll(w.path(sub), 0o700); err != nil {
			return nil, err
		}
	}
	if imap {
		if w.imap, err = startIMAP(); err != nil {
			return nil, err
		}
	}
	if err := w.furnish(); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// furnish makes the mailbox with its history, and the calendar.
func (w *world) furnish() error {
	for _, folder := range []string{"", ".Drafts", ".Sent"} {
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(w.mail(), folder, sub), 0o700); err != nil {
				return err
			}
		}
	}
	if err := w.history(); err != nil {
		return fmt.Errorf("make the mail of the last months: %w", err)
	}
	if w.imap != nil {
		if err := w.imap.server.Own(filepath.Dir(w.mail())); err != nil {
			return err
		}
	}
	return w.calendar("14:00", "15:00")
}

// mail is the Maildir: of the world itself, or of the server's user.
func (w *world) mail() string {
	if w.imap != nil {
		return w.imap.server.Maildir(imapUser)
	}
	return w.path("Maildir")
}

func (w *world) close() error {
	if w.imap == nil {
		return nil
	}
	return w.imap.close()
}

// history is half a year of the managers' mail to Sam: Dana answers in her office hours,
// mostly in the late morning; Ines starts at half past six and is gone at four.
func (w *world) history() error {
	start := w.now().AddDate(0, -6, 0)
	for day := start; day.Before(w.now().Add(-12 * time.Hour)); day = day.AddDate(0, 0, 1) {
		if day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
			continue
		}
		for _, habit := range []struct {
			from, name string
			hours      []float64
		}{
			{danaAddress, "Dana Reyes", []float64{9.2, 10.6, 10.8, 11.6, 14.2, 16.1}},
			{inesAddress, "Ines Duarte", []float64{6.8, 7.1, 7.6, 9.5, 13.3}},
		} {
			for _, h := range habit.hours {
				if w.rng.Float64() > 0.35 {
					continue
				}
				y, m, d := day.In(w.zone).Date()
				at := time.Date(y, m, d, 0, 0, 0, 0, w.zone).Add(time.Duration((h + w.rng.NormFloat64()*0.25) * float64(time.Hour)))
				if err := w.deliver(habit.name, habit.from, "Re: weekly things", "ok", at, ""); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// deliver puts a mail to Sam into the inbox, as a delivery agent does.
func (w *world) deliver(name, from, subject, text string, at time.Time, answers mail.MessageID) error {
	sender, err := mail.ParseAddress(from)
	if err != nil {
		return err
	}
	w.n++
	m := mail.Message{
		ID: mail.MessageID(fmt.Sprintf("demo-%d@example.com", w.n)), Date: at.In(w.zone),
		From: mail.Party{Name: name, Address: sender}, To: []mail.Party{sam()}, Subject: subject,
		Parts: []mail.Part{{Type: "text/plain", Body: []byte(text + "\n")}},
	}
	if answers != "" {
		m.InReplyTo, m.References = []mail.MessageID{answers}, []mail.MessageID{answers}
	}
	raw, err := letter.Build(m)
	if err != nil {
		return err
	}
	file := fmt.Sprintf("%d.demo%d.example", at.Unix(), w.n)
	tmp := filepath.Join(w.mail(), "tmp", file)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	if err := os.Chtimes(tmp, at, at); err != nil {
		return err
	}
	if w.imap != nil {
		if err := w.imap.server.Own(tmp); err != nil {
			return err
		}
	}
	return os.Rename(tmp, filepath.Join(w.mail(), "new", file))
}

func sam() mail.Party {
	a, _ := mail.ParseAddress(samAddress)
	return mail.Party{Name: "Sam Okafor", Address: a}
}

// note saves a note of a call, as an editor does: beside, then renamed.
func (w *world) note(name, text string) error {
	tmp := w.path("notes", "."+name+".tmp")
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Chtimes(tmp, w.now(), w.now()); err != nil {
		return err
	}
	return os.Rename(tmp, w.path("notes", name))
}

// own writes a mail of Sam's own into a folder of the mailbox, as a mail client does.
func (w *world) own(folder string, m mail.Message) error {
	m.From, m.Date = sam(), w.now().In(w.zone)
	raw, err := letter.Build(m)
	if err != nil {
		return err
	}
	if w.imap != nil {
		return w.imap.put(folder, raw, w.now())
	}
	w.n++
	file := fmt.Sprintf("%d.own%d.example:2,S", w.now().Unix(), w.n)
	tmp := w.path("Maildir", "."+folder, "tmp", file)
	if err := os.WriteFile(tmp, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, w.path("Maildir", "."+folder, "cur", file))
}

// move takes the draft with this subject from Drafts to another folder.
func (w *world) move(subject, folder string) error {
	if w.imap != nil {
		return w.imap.move(subject, folder)
	}
	for _, sub := range []string{"cur", "new"} {
		dir := w.path("Maildir", ".Drafts", sub)
		files, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, f := range files {
			raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
			if err != nil {
				return err
			}
			h, err := letter.ReadHeader(bytes.NewReader(raw))
			if err != nil || !strings.Contains(h.Subject, subject) {
				continue
			}
			return os.Rename(filepath.Join(dir, f.Name()), w.path("Maildir", "."+folder, "cur", f.Name()))
		}
	}
	return fmt.Errorf("there is no draft about %q", subject)
}

// calendar writes Dana's calendar. The steering meeting of Tuesday is the one that
// moves during the week.
func (w *world) calendar(from, to string) error {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//demo//calendar//EN\r\n")
	event := func(uid, summary, start, end string, more ...string) {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%s@example.com\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:%s\r\nDTSTART%s\r\nDTEND%s\r\n", uid, summary, start, end)
		for _, m := range more {
			b.WriteString(m + "\r\n")
		}
		b.WriteString("END:VEVENT\r\n")
	}
	at := func(day, clock string) string {
		return ";TZID=" + zoneName + ":" + day + "T" + strings.ReplaceAll(clock, ":", "") + "00"
	}
	others := "ATTENDEE;PARTSTAT=ACCEPTED:mailto:team@example.com"
	event("standup", "Stand-up", at("20251201", "09:30"), at("20251201", "10:00"), "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", others)
	event("board", "Board preparation", at("20251201", "10:00"), at("20251201", "11:00"), "RRULE:FREQ=WEEKLY;BYDAY=MO", others)
	event("focus", "Focus time", at("20251202", "13:00"), at("20251202", "15:00"), "RRULE:FREQ=WEEKLY;BYDAY=TH", "CATEGORIES:Focus")
	event("steering", "Steering group", at("20260303", from), at("20260303", to), others)
	event("legal", "Talk with legal", at("20260302", "11:00"), at("20260302", "11:30"), others)
	event("leave", "Out of office", ";VALUE=DATE:20260306", ";VALUE=DATE:20260307", "X-MICROSOFT-CDO-BUSYSTATUS:OOF")
	b.WriteString("END:VCALENDAR\r\n")
	tmp := w.path("dana.ics.tmp")
	if err := os.WriteFile(tmp, []byte(b.String()), 0o600); err != nil {
		return err
	}
	if err := os.Chtimes(tmp, w.now(), w.now()); err != nil {
		return err
	}
	return os.Rename(tmp, w.path("dana.ics"))
}

// configuration is what Sam would have written into config.toml.
func (w *world) configuration(port int) config.Config {
	c := config.Default()
	s := sam()
	c.User.Name, c.User.Address, c.User.Zone = s.Name, s.Address, w.zone
	c.Mailbox.Path = w.path("Maildir")
	if w.imap != nil {
		c.Mailbox.Kind, c.Mailbox.Server = config.MailboxIMAP, w.imap.config()
	}
	c.Mailbox.FilesSent = mail.No
	c.Submission.Kind = config.SubmissionSMTP
	c.Submission.Server = config.Server{Host: "127.0.0.1", Port: port, TLS: config.TLSPlain, Auth: config.AuthNone}
	c.Notes.Folder = w.path("notes")
	for _, one := range []struct{ key, name, address string }{
		{"dana", "Dana Reyes", danaAddress}, {"ines", "Ines Duarte", inesAddress},
	} {
		m := config.DefaultManager(c)
		m.Key, m.Name, m.Zone = one.key, one.name, w.zone
		a, _ := mail.ParseAddress(one.address)
		m.Addresses = []mail.Address{a}
		c.Managers = append(c.Managers, m)
	}
	cal := config.DefaultCalendar(config.CalendarFile)
	cal.Name, cal.Manager, cal.Path, cal.Poll = "dana", "dana", w.path("dana.ics"), 30*time.Second
	c.Calendars = append(c.Calendars, cal)
	c.Notes.DefaultManager = "dana"
	return c
}
