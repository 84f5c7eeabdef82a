package recap

// What marks an item in other languages than English, in the form of markerWords and
// textColumns. Headings of these languages are in layout; what stands in running text
// is read in English only (docs/decisions/recap.md).
var (
	foreignMarkers = map[string]int{
		"aktion": kAction, "aufgabe": kAction, "maßnahme": kAction, "massnahme": kAction, "zu erledigen": kAction, "beschluss": kDecision, "beschlossen": kDecision, "entscheidung": kDecision,
		"entschieden": kDecision, "offen": kQuestion, "frage": kQuestion, "offene frage": kQuestion, "risiko": kRisk,
		"à faire": kAction, "tâche": kAction, "décision": kDecision, "décidé": kDecision, "risque": kRisk, "question ouverte": kQuestion,
		"tarea": kAction, "acción": kAction, "pendiente": kAction, "acuerdo": kDecision, "decisión": kDecision, "pregunta": kQuestion, "riesgo": kRisk,
		"åtgärd": kAction, "uppgift": kAction, "att göra": kAction, "beslut": kDecision, "fråga": kQuestion, "öppen fråga": kQuestion,
	}
	foreignColumns = map[string]int{
		"aufgabe": kAction, "maßnahme": kAction, "aktion": kAction, "beschluss": kDecision, "frage": kQuestion, "risiko": kRisk,
		"tâche": kAction, "décision": kDecision, "risque": kRisk, "tarea": kAction, "acción": kAction, "acuerdo": kDecision, "riesgo": kRisk,
		"uppgift": kAction, "åtgärd": kAction, "beslut": kDecision, "fråga": kQuestion,
	}
)

// markerKind tells what a marker names.
func markerKind(low string) (int, bool) {
	if k, ok := markerWords[low]; ok {
		return k, true
	}
	k, ok := foreignMarkers[low]
	return k, ok
}

// columnKind tells what the items in a column of a table are.
func columnKind(low string) (int, bool) {
	if k, ok := textColumns[low]; ok {
		return k, true
	}
	k, ok := foreignColumns[low]
	return k, ok
}
