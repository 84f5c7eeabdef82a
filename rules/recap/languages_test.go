package recap

import "testing"

// TestOtherLanguages: headings, labels, markers and table heads of other languages, and
// German deadlines; nothing else of these languages is read.
func TestOtherLanguages(t *testing.T) {
	for _, tt := range []said{
		{"## Maßnahmen\n- Kim: Kunden anschreiben, bis Freitag\n- Angebot prüfen", "action Kim 2026-03-06: Kunden anschreiben|action - -: Angebot prüfen"},
		{"Nächste Schritte:\n- Kim: Vertrag kündigen bis 10. März", "action Kim 2026-03-10: Vertrag kündigen bis 10. März"},
		{"**Beschlüsse**\n\n- Die Messe wird abgesagt.", "decision - -: Die Messe"},
		{"## Offene Fragen\n- Wer zahlt?\n\n## Risiken\n- Lieferant fällt aus", "question - -: Wer zahlt?|risk - -: Lieferant"},
		{"- AUFGABE: Kim: Liste senden bis morgen\n- Beschluss: kein Papier mehr\n- RISIKO: nur einer kennt den Schlüssel", "action Kim 2026-03-05: Liste senden|decision - -: kein Papier|risk - -: nur einer"},
		{"| Aufgabe | Wer | Bis |\n|---|---|---|\n| Angebot senden | Kim | 10.03.2026 |", "action Kim 2026-03-10: Angebot"},
		{"## Actions à mener\n- Kim : réserver la salle\n\n## Décisions\n- On garde le logo", "action Kim -: réserver|decision - -: On garde"},
		{"- À faire : relancer le fournisseur\n- Décision : on signe", "action - -: relancer|decision - -: on signe"},
		{"## Tareas\n- Kim: enviar el contrato\n\n## Acuerdos\n- Se aprueba el plan", "action Kim -: enviar|decision - -: Se aprueba"},
		{"## Åtgärder\n- Kim: boka lokal\n\n## Beslut\n- Vi väntar till hösten", "action Kim -: boka|decision - -: Vi väntar"},
		{"Wir haben lange geredet. Das Wetter war gut.", ""},
	} {
		r := mustRead(t, "sync.md", frame+tt.note, Options{})
		if got := spoken(r.Items, tt.want); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.note, got, tt.want)
		}
	}
	r := mustRead(t, "a.md", "# Jour fixe\n\nTeilnehmer: Dana Reyes, Jörg Weiß\n", Options{})
	if len(r.Attendees) != 2 || r.Attendees[1] != "Jörg Weiß" {
		t.Errorf("attendees %q", r.Attendees)
	}
}
