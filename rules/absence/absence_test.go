package absence

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// What people write into their automatic replies. The reply is of Tuesday 3 March 2026,
// 10:00 in Berlin; away is "from .. to", both civil days, the second one the first day on
// which the person is there again.
func TestRead(t *testing.T) {
	zone := berlin(t)
	at := time.Date(2026, 3, 3, 10, 0, 0, 0, zone)
	for _, row := range []struct {
		subject, text string
		want          string // "" : not away
		sure          float64
		last          bool // whether the last day is open
	}{
		// English
		{"Automatic reply: Budget", "I am out of office until 5 March.", "03-03..03-06", 0.95, true},
		{"Automatic reply: Budget", "I'm out of the office until March 5th, 2026 with limited access to mail.", "03-03..03-06", 0.95, true},
		{"Out of Office", "I am away through Friday.", "03-03..03-07", 0.85, true},
		{"Automatic reply", "I am on leave and will be back on Monday, 9 March.", "03-03..03-09", 0.95, false},
		{"Automatic reply", "On vacation until Friday 6 March, back on Monday 9 March.", "03-03..03-09", 0.95, false},
		{"Automatic reply", "I am out of office until Monday and return on Monday.", "03-03..03-09", 0.85, false},
		{"Automatic reply", "I will be out of the office from 10 March to 13 March.", "03-10..03-14", 0.95, true},
		{"Automatic reply", "I am out of the office from Monday, 2 March, through Friday, 13 March.", "03-03..03-14", 0.95, true},
		{"Automatic reply", "Out of office 2-6 March.", "03-03..03-07", 0.95, true},
		{"Automatic reply", "Out of office March 2-6, please call Kim.", "03-03..03-07", 0.95, true},
		{"Automatic reply", "I am travelling from the 2nd to the 6th of March.", "03-03..03-07", 0.95, true},
		{"OOO until 2026-03-12", "Thank you for your message.", "03-03..03-13", 0.95, true},
		{"Automatic reply", "Away until 13/3.", "03-03..03-14", 0.95, true},
		{"Automatic reply", "Away until 5/3/2026.", "03-03..03-06", 0.8, true},
		{"Automatic reply", "I am currently away from my desk.", "03-03..03-04", 0.6, false},
		{"Automatic reply", "I am out of office. Back tomorrow.", "03-03..03-04", 0.85, false},
		{"Automatic reply", "I am on parental leave until 15 January 2027.", "03-03..01-16", 0.95, true},
		{"Automatic reply", "I am on holiday until 2 January.", "", 0, false}, // long over
		// German
		{"Automatische Antwort: Budget", "Ich bin bis zum 5. März nicht im Büro.", "03-03..03-06", 0.95, true},
		{"Abwesenheitsnotiz", "Ich bin vom 2.3. bis einschließlich 06.03.2026 im Urlaub.", "03-03..03-07", 0.95, true},
		{"Abwesenheit", "Ich bin ab Montag, den 9. März, wieder erreichbar.", "03-03..03-09", 0.95, false},
		{"Automatische Antwort", "Derzeit bin ich außer Haus, zurück am Donnerstag.", "03-03..03-05", 0.85, false},
		// French, Spanish, Italian, Dutch
		{"Réponse automatique", "Je suis absente jusqu'au 5 mars.", "03-03..03-06", 0.95, true},
		{"Réponse automatique", "En congés du 2 au 6 mars, de retour le 9 mars.", "03-03..03-09", 0.95, false},
		{"Respuesta automática", "Estoy de vacaciones hasta el 5 de marzo de 2026.", "03-03..03-06", 0.95, true},
		{"Risposta automatica", "Sono fuori ufficio fino al 5 marzo.", "03-03..03-06", 0.95, true},
		{"Automatisch antwoord", "Ik ben afwezig t/m 5 maart.", "03-03..03-06", 0.95, true},
		// no absence
		{"Automatic reply", "Thank you, we have received your message and will answer until 5 March.", "", 0, false},
		{"Automatic reply", "I am out of office until 27 February.", "", 0, false},
		{"Automatic reply", "I no longer work here. Until 5 March write to Kim.", "", 0, false},
		{"Read: Budget", "Your message was read.", "", 0, false},
		{"", "", "", 0, false},
		// what is quoted is somebody else's
		{"Automatic reply", "I am out of office until 5 March.\n\n> I am on leave until 20 March.", "03-03..03-06", 0.95, true},
		{"Automatic reply", "Thanks, we got it.\n-----Original Message-----\nI am on leave until 20 March.", "", 0, false},
		{"Automatic reply", "I am out of office until 31 June.", "03-03..03-04", 0.6, false}, // no such day
	} {
		got, ok := Read(Reply{Subject: row.subject, Text: row.text, At: at, DayFirst: true}, zone)
		if ok != (row.want != "") {
			t.Errorf("%q %q: %+v, %t", row.subject, row.text, got, ok)
			continue
		}
		if !ok {
			continue
		}
		span := got.Start.In(zone).Format("01-02") + ".." + got.End.In(zone).Format("01-02")
		if span != row.want || got.Confidence != row.sure || got.Last.IsZero() == row.last || got.Why == "" || got.End.In(zone).Format("15:04") != "00:00" {
			t.Errorf("%q %q: %s %.2f last %v, want %s %.2f", row.subject, row.text, span, got.Confidence, got.Last, row.want, row.sure)
		}
		if got.Start.Before(at) {
			t.Errorf("%q: it begins before the reply", row.text)
		}
	}
}

// 5/3 is May to some.
func TestMonthFirst(t *testing.T) {
	at := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	got, ok := Read(Reply{Subject: "Out of office", Text: "until 5/3", At: at}, time.UTC)
	if !ok || got.Last.Format(time.DateOnly) != "2026-05-03" {
		t.Errorf("got %+v, %t", got, ok)
	}
}

// A year that is not said is that of the next such day.
func TestTurnOfTheYear(t *testing.T) {
	at := time.Date(2026, 12, 21, 10, 0, 0, 0, time.UTC)
	got, ok := Read(Reply{Subject: "Out of office", Text: "I am away until 4 January.", At: at}, time.UTC)
	if !ok || got.End.Format(time.DateOnly) != "2027-01-05" {
		t.Errorf("got %+v, %t", got, ok)
	}
}

func TestAutomatic(t *testing.T) {
	for subject, want := range map[string]bool{
		"Automatic reply: Budget": true, "AUTO: I am out": true, "Out of Office Re: Budget": true, "Automatische Antwort: x": true, "Abwesenheitsnotiz: x": true,
		"Réponse automatique : x": true, "Respuesta automática: x": true, "Autosvar: x": true, "OOO Re: x": true,
		"Re: Budget": false, "Automation of replies": false, "Autos für alle": false, "": false, "Ooops": false, "Re: Automatic reply: Budget": false,
	} {
		if got := Automatic(subject); got != want {
			t.Errorf("%q: %t", subject, got)
		}
	}
}

// Whatever comes in: it ends, what it says lies ahead, and is bounded.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"I am out of office until 5 March.", "Urlaub vom 2.3. bis 06.03.2026", "away 2-6 March back on Monday", "ooo\n> until 99/99/9999", "absent jusqu'au 31 février", strings.Repeat("until away from ", 400)} {
		f.Add("Automatic reply", s, int64(1772528400), true)
	}
	zone := berlin(f)
	f.Fuzz(func(t *testing.T, subject, text string, at int64, dayFirst bool) {
		when := time.Unix(at%(1<<36), 0)
		got, ok := Read(Reply{Subject: subject, Text: text, At: when, DayFirst: dayFirst}, zone)
		if ok && (!got.End.After(when) || got.Start.Before(when) || got.End.Sub(when) > 3*longest || got.Confidence <= 0 || got.Confidence > 1) {
			t.Errorf("%q %q at %s: %+v", subject, text, when, got)
		}
	})
}

// A large reply costs no more than a small part of a second.
func BenchmarkRead(b *testing.B) {
	text := strings.Repeat("from until away bis 5 marchx 3-4 foo ", 400)
	for b.Loop() {
		Read(Reply{Subject: text, Text: text, At: time.Unix(1772528400, 0)}, time.UTC)
	}
}
