package timeline

import (
	"testing"

	"headsup/calendar"
)

// TestTitlesElsewhere holds the words for private life to both sides: what they must
// catch and the work that they must let pass.
func TestTitlesElsewhere(t *testing.T) {
	for title, want := range map[string]bool{
		"Abendessen Oma": true, "Rückreise": true, "Zahnarzt": true, "Dienstreise Wien": true, "Klavierunterricht": true,
		"Chercher les enfants": true, "Piscina": true, "Aeroporto": true, "Huisarts": true, "Przedszkole": true, "Hente i barnehagen": true,
		"Обед": true, "学校 面談": true, "Inbox zero": true, "🏃 Jogging": true,
		"Preise 2027": false, "Erfahrungsbericht": false, "Piano strategico": false, "Vol. 2 lesen": false, "Private equity memo": false,
		"Trip report": false, "Personal development plan": false, "Walkthrough script": false, "Driving change": false, "Roadmap": false, "Dossiers en cours": false,
	} {
		if got := elsewhere(bare(title)); got != want {
			t.Errorf("%q names something else: %v, want %v", title, got, want)
		}
	}
}

// TestToolMarkAlone: a focus tool also places lunch and travel.
func TestToolMarkAlone(t *testing.T) {
	for title, want := range map[string]bool{
		"❇️ Focus Time (via Clockwise)": true, "❇️ Q3 plan (via Clockwise)": true, "🛡️ Focus time": true,
		"🍱 Lunch (via Clockwise)": false, "❇️ Travel time (via Clockwise)": false, "❇️ Busy (via Clockwise)": false, "Commute via Reclaim": false,
	} {
		said, _ := declared(calendar.Event{Title: title}, Policy{}, titles{})
		if (said != "") != want {
			t.Errorf("%q declared: %q, want %v", title, said, want)
		}
	}
}
