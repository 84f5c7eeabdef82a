package title

import "testing"

// TestRead holds the words to both sides: what they must catch and what they must let
// pass, language by language.
func TestRead(t *testing.T) {
	for want, list := range map[Kind][]string{
		Focus: {
			"Focus time", "🎧 Focus", "Deep Work: pricing", "Fokuszeit", "DND", "Do not disturb - report", "Heads-down time", "Maker time", "Budget - heads down",
			"Please do not schedule", "Protected time", "Konzentrationszeit", "Bitte nicht stören", "Zeit für konzentriertes Arbeiten", "Ungestörtes Arbeiten",
			"Temps de concentration", "Créneau de concentration", "Ne pas deranger", "Travail au calme", "Bloque de enfoque", "Tiempo de concentracion", "No molestar",
			"Tempo di concentrazione", "Non disturbare", "Tempo de foco", "Não incomodar", "Focustijd", "Concentratieblok", "Niet storen", "Ongestoord werken",
			"Fokustid", "Arbetsro", "Stör ej", "Ikke forstyrr", "Arbejdsro", "Konsentrasjonstid", "Keskittymisaika", "Työrauha", "Czas skupienia", "Praca w skupieniu", "集中時間", "专注时间", "집중 시간",
		},
		NoMeetings: {
			"No meetings", "No Meeting Thursday", "Meeting-free afternoon", "Mötesfritt", "Mötesfri förmiddag", "Møtefri", "Mødefri dag", "Meetingfrei", "Besprechungsfreie Zeit", "Keine Termine", "Terminfrei",
			"Sans réunion", "Pas de réunions", "Sin reuniones", "Sem reuniões", "Senza riunioni", "Geen meetings", "Vergadervrij", "Inga möten", "Ingen møter", "Kokousvapaa", "Ei palavereita", "Bez spotkań",
		},
		Tool: {"❇️ Focus Time (via Clockwise)", "❇️ Q3 plan (via Clockwise)", "🛡️ Focus time"},
		Deed: {
			"Write board paper", "WIP: strategy doc", "Prepare 1:1s", "1:1 prep", "Board deck", "Roadmap thinking", "Monthly report", "Code review", "Trip report", "Personal development plan",
			"Konzeptarbeit", "Präsentation", "Vorbereitung Sitzung", "Angebot schreiben", "Rédaction note", "Préparation budget", "Redacción informe", "Análisis", "Relatório trimestral", "Preparazione budget", "Analisi",
			"Schrijven jaarplan", "Voorbereiding MT", "Skriva rapport", "Strategiarbete", "Skrivetid", "Strategiarbejde", "Raportin kirjoitus", "Pisanie raportu", "Analiza budżetu", "作業時間",
		},
		Taken: {"Blocked", "Hold", "🔒", "⛔", "Geblockt", "Bloqueado", "Bloqué", "Upptaget i kalendern", "Zablokowane", "Calendar block"},
		Meeting: {
			"Team weekly", "Strategy meeting", "Design review", "Inbox zero", "Sprint planning", "Board", "Teambesprechung", "Kundengespräch", "Réunion d'équipe", "Entretien annuel", "Reunión", "Reunião semanal", "Riunione",
			"Werkoverleg", "Ledningsmöte", "Statusmøde", "Ledermøte", "Viikkopalaveri", "Spotkanie zespołu", "会議",
		},
		Private: {
			"Abendessen Oma", "Rückreise", "Zahnarzt", "Dienstreise Wien", "Klavierunterricht", "Chercher les enfants", "Piscina", "Aeroporto", "Huisarts", "Przedszkole", "Hente i barnehagen", "Обед", "学校 面談", "🏃 Jogging",
			"🍱 Lunch (via Clockwise)", "❇️ Travel time (via Clockwise)", "Focus lunch", "BA 2490", "LH123", "Commute via Reclaim",
		},
		Nothing: {"", "Busy", "Gebucht", "Privater Termin", "Occupé", "❇️ Busy (via Clockwise)"},
		Unknown: {"Preise 2027 Nord", "Vol. 2", "Walkthrough", "Driving change", "Aurora"},
	} {
		for _, s := range list {
			if got := Read(s); got != want {
				t.Errorf("%q is %d, want %d", s, got, want)
			}
		}
	}
	for _, s := range []string{"Focus group: pricing", "Focus review with Kim", "Weekly focus", "Autofocus demo", "Ford Focus pickup", "Focus on hiring w/ Sam", "Budget", "", "専注", "DNS migration"} {
		if got := Read(s); got == Focus || got == NoMeetings || got == Tool {
			t.Errorf("%q is taken for focus time (%d)", s, got)
		}
	}
	for _, s := range []string{"Erfahrungsbericht", "Piano strategico", "Vol. 2 lesen", "Private equity memo", "Walkthrough script", "Roadmap", "Dossiers en cours", "Delivery plan", "Run-book draft"} {
		if got := Read(s); got == Private || got == Meeting {
			t.Errorf("%q is taken for something else than work (%d)", s, got)
		}
	}
}

// FuzzRead: any title has a kind, and signs before it do not change the words.
func FuzzRead(f *testing.F) {
	seeds := []string{"Focus time", "❇️ Focus Time (via Clockwise)", "Fokus\x00zeit", "\xff\xfe", "((((", "集中"}
	if len(seeds) == 0 {
		f.Fatal("no seeds")
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k := Read(s); k > Private {
			t.Fatalf("%q is %d", s, k)
		}
		if Plain(Plain(s)) != Plain(s) {
			t.Fatalf("%q is not plain", Plain(s))
		}
	})
}
