// Package absence reads what an automatic reply says about when its writer is away: "out
// of office until 5 March, back on Monday". It is a hint from a program that somebody set
// up in a hurry, so it comes with how sure it is, and what names no day counts for the
// rest of the day alone.
//
// Whose reply it is and that a program wrote it (RFC 3834) is the business of the caller.
// Nothing of the text is kept.
package absence

import (
	"regexp"
	"strings"
	"time"

	"headsup/calendar"
)

// Reply is an automatic reply.
type Reply struct {
	Subject  string
	Text     string    // plain
	At       time.Time // when it was written
	DayFirst bool      // how 5/3 is read where it can be both
}

// Away is what it says.
type Away struct {
	calendar.Span
	Last       time.Time // first instant of the last day, on which the person may be back already; zero: the end is sure
	Confidence float64   // 0 to 1
	Why        string    // in words, without any of the text
}

// Bounds of what is believed.
const (
	maxSubject = 1 << 10
	maxText    = 8 << 10              // bytes of a text that are read
	longest    = 400 * 24 * time.Hour // of an absence
)

// words say that somebody is away. A reply without one of them is a receipt ("we got
// your message"), whatever dates stand in it.
var words = regexp.MustCompile(`(?i)\b(out[ -]of[ -](the[ -])?office|o{3}|away|on (annual |parental |sick |maternity |paternity )?leave|vacation|holidays?|travell?ing|not in the office|unavailable|` +
	`abwesen\pL*|urlaub\pL*|nicht im (b[üu]ro|haus)|au(ß|ss)er haus|elternzeit|krank\pL*|verreist|` +
	`absent\pL*|absence|cong[ée]s?|vacances|d[ée]placement|fuera de (la )?oficina|vacaciones|ausente|ausencia|` +
	`fuori (sede|ufficio)|assen(te|za)|ferie|afwezig\pL*|vakantie|verlof|f[ée]rias|aus[êe]nci\pL+|fora do escrit[óo]rio)(\b|$)`)

// gone says that somebody will not come back: no absence, and no date means one.
var gone = regexp.MustCompile(`(?i)no longer (work|with|employed|at)|left the company|nicht mehr (f[üu]r|bei)|ausgeschieden|ne travaille plus|a quitt[ée]|ya no trabaj`)

// subjects are how programs begin the subject of an automatic reply.
var subjects = regexp.MustCompile(`(?i)^\s*((auto(matic)?|automated)[ -]?(reply|response)|auto:|out[ -]of[ -](the[ -])?office|o{3}\b|automatische antwort|abwesenheits?(notiz|nachricht|assistent|meldung)?\b|` +
	`r[ée]ponse automatique|absence du bureau|respuesta autom[áa]tica|fuera de la oficina|risposta automatica|fuori sede|automatisch antwoord|afwezig|resposta autom[áa]tica|autosvar)`)

// Automatic reports whether a subject is that of an automatic reply. Some programs mark
// it nowhere else.
func Automatic(subject string) bool { return subjects.MatchString(subject) }

// Read reads a reply in the zone of its writer; false if nothing in it says that the
// person is away at the time it was written or later.
func Read(r Reply, zone *time.Location) (Away, bool) {
	all := first(r.Subject, maxSubject) + "\n" + unquoted(first(r.Text, maxText))
	if !words.MatchString(all) || gone.MatchString(all) {
		return Away{}, false
	}
	f := finder{at: r.At.In(zone), zone: zone, dayFirst: r.DayFirst}
	a := f.find(all)
	return a, a.End.After(r.At) && a.End.Sub(a.Start) <= longest
}

// first is the beginning of a text.
func first(s string, n int) string {
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// unquoted leaves out what the reply quotes: the dates in there are somebody else's.
func unquoted(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(strings.TrimSpace(line), ">") {
			continue
		}
		if quoteHead.MatchString(line) {
			break
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// quoteHead begins the mail that is answered.
var quoteHead = regexp.MustCompile(`(?i)^\s*(-{2,} ?(original message|urspr[üu]ngliche nachricht|message d'origine|mensaje original|messaggio originale)|on .{6,60} wrote:|am .{6,60} schrieb|_{10,}$)`)
