package layout

import "strings"

// foreignTopics lists what headings and labels say in other languages than English. The
// words below such a heading count as what it names, whatever their language; beyond that
// only English is read (docs/decisions/recap.md). The form is that of topicWords.
var foreignTopics = map[string]topic{
	// German
	"=aktionen": TopicAction, "=aufgaben": TopicAction, "aufgabenliste": TopicAction, "maßnahmen": TopicAction, "massnahmen": TopicAction, "nächste schritte": TopicAction, "=zu erledigen": TopicAction,
	"offene aufgaben": TopicAction, "offene punkte": TopicQuestion, "beschlüsse": TopicDecision, "=beschluss": TopicDecision, "entscheidungen": TopicDecision, "=entschieden": TopicDecision, "=festlegungen": TopicDecision,
	"offene fragen": TopicQuestion, "=fragen": TopicQuestion, "risiken": TopicRisk, "=risiko": TopicRisk, "=hindernisse": TopicRisk,
	"teilnehmer": TopicPeople, "teilnehmende": TopicPeople, "teilnehmerinnen": TopicPeople, "=anwesend": TopicPeople, "anwesende": TopicPeople, "entschuldigt": TopicPeople, "tagesordnung": TopicAgenda, "=erledigt": TopicDone, "=protokoll": topicNotes,

	// French
	"=actions à mener": TopicAction, "actions à mener": TopicAction, "plan d'action": TopicAction, "=tâches": TopicAction, "prochaines étapes": TopicAction, "=à faire": TopicAction,
	"décisions": TopicDecision, "=décision": TopicDecision, "relevé de décisions": TopicDecision, "questions ouvertes": TopicQuestion, "questions en suspens": TopicQuestion, "points ouverts": TopicQuestion,
	"risques": TopicRisk, "points de blocage": TopicRisk, "=présents": TopicPeople, "excusés": TopicPeople, "ordre du jour": TopicAgenda,

	// Spanish
	"=tareas": TopicAction, "=acciones": TopicAction, "próximos pasos": TopicAction, "=pendientes": TopicAction, "compromisos": TopicAction,
	"acuerdos": TopicDecision, "decisiones": TopicDecision, "preguntas abiertas": TopicQuestion, "=preguntas": TopicQuestion, "temas abiertos": TopicQuestion,
	"riesgos": TopicRisk, "bloqueos": TopicRisk, "asistentes": TopicPeople, "participantes": TopicPeople, "orden del día": TopicAgenda,

	// Swedish
	"=åtgärder": TopicAction, "åtgärdslista": TopicAction, "=uppgifter": TopicAction, "nästa steg": TopicAction, "att göra": TopicAction,
	"=beslut": TopicDecision, "öppna frågor": TopicQuestion, "=frågor": TopicQuestion, "risker": TopicRisk, "=hinder": TopicRisk,
	"=deltagare": TopicPeople, "närvarande": TopicPeople, "frånvarande": TopicPeople, "dagordning": TopicAgenda,
}

// Foreign reports whether a heading announces what is below it in a language whose
// sentences are not read.
func Foreign(heading string) bool {
	low := strings.Trim(strings.ToLower(heading), "#*: ")
	return topicWords["="+low] == TopicNone && topicWords[low] == TopicNone && (foreignTopics[low] != TopicNone || foreignTopics["="+low] != TopicNone)
}
