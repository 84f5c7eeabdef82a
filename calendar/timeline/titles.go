package timeline

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"headsup/calendar"
)

// focusMark matches what focus tools write into the events that they make: Clockwise
// ("Focus Time (via Clockwise)"), Reclaim (a shield or a lock before the title), Viva
// Insights.
var focusMark = regexp.MustCompile(`(?i)via clockwise|^\x{2747}\x{FE0F}?|via reclaim|reclaim\.ai|^(\x{1F6E1}|\x{1F512})\x{FE0F}?\s*focus|viva insights|myanalytics`)

// focusTitle matches titles that mean undisturbed work, in the words of several
// languages. "Focus group" and "focus on X with Y" are not among them: the phrase must
// stand alone or begin the title.
var focusTitle = regexp.MustCompile(`^(focus( ?time| block| work| hours?| mode| session| day)?|deep ?work( time| block| session)?|maker time|quiet time|heads?[ -]down( time)?|` +
	`no[ -]meetings?( time| block| day| zone)?|do not (disturb|book|schedule)|dnd|concentration time|think(ing)? time|flow time|undisturbed( work)?|` +
	`fokus(zeit|block|arbeit|tid|tijd|aika)?|konzentrationszeit|konzentriertes arbeiten|ungestört(es arbeiten)?|nicht stören|stillarbeit|blocker fokus|` +
	`temps de (concentration|focus|travail profond)|concentration|ne pas (déranger|deranger)|sans réunion|` +
	`(tiempo|hora|bloque) de (concentración|enfoque|foco)|trabajo profundo|no molestar|sin reuniones|concentración|` +
	`(tempo|ora|blocco) (di concentrazione|focus)|lavoro profondo|non disturbare|concentrazione|` +
	`(focus|concentratie)(tijd|blok)|diep werk|niet storen|` +
	`(tempo|bloco|hora) de (foco|concentração)|trabalho profundo|não incomodar|` +
	`czas (skupienia|na skupienie|koncentracji)|praca (głęboka|w skupieniu)|nie przeszkadzać|` +
	`fokustid|stör ej|arbetsro|ikke forstyr+|keskittymisaika|čas na soustředění|nerušit|odaklanma zamanı|` +
	`(время )?(фокус|для концентрации|концентрации)|не беспокоить|` +
	`集中(時間|タイム)?|フォーカスタイム|作業集中|专注(时间)?|專注(時間)?|집중( ?시간| ?근무)?)($|[^\pL\d].*|\d.*)`)

// focusNot matches titles that only look like it.
var focusNot = regexp.MustCompile(`focus[ -]?(group|review|areas?|meeting|call|topic)|(^|[^\pL])(with|mit|avec|con|w/)([^\pL]|$)|@|1:1|interview|kick-?off|sync($|[^\pL])|workshop`)

// leaning matches titles that people give to time for themselves.
var leaning = regexp.MustCompile(`(^|[^\pL])(block(ed|er)?|geblockt|hold|busy|work(ing)?|writing|write|reading|read|prep(aration)?|planning|admin|review(s|ing)?|coding|code|design|` +
	`strategy|reports?|arbeit|schreiben|vorbereitung|bloqué|réservé|ocupado|bezet|upptagen|作業|blokada)($|[^\pL])`)

// otherwise matches titles of recurring entries that are not work alone, or that are the
// time in which mail is answered.
var otherwise = regexp.MustCompile(`(^|[^\pL])(lunch|mittag(essen|spause)?|déjeuner|almuerzo|comida|pranzo|obiad|lunchpauze|frokost|breakfast|coffee|kaffee|break|pause|gym|sport|yoga|run(ning)?|swim(ming)?|` +
	`school|kita|kids?|kindergarten|pick[ -]?up|drop[ -]?off|commute|travel|train|flight|drive|dentist|doctor|arzt|physio|therapy|` +
	`1:1|1-1|one on one|stand[ -]?up|daily|scrum|sync|jour fixe|jf|weekly|team|meeting|call|interview|all[ -]hands|office hours|training|class|course|kurs|choir|` +
	`retro(spective)?|refinement|grooming|demo|steering|steerco|board|committee|council|town ?hall|catch[ -]?up|round ?table|e-?mails?|inbox|posteingang|expenses|` +
	`besprechung|abstimmung|sprechstunde|regeltermin|réunion|point hebdo|comité|reunión|riunione|vergadering|overleg|spotkanie|möte|møte|mødet?|reunião|toplantı|совещание|встреча)($|[^\pL])|` +
	`会議|定例|ミーティング|회의|会议|例会`)

// reading is what a title alone says about focus time.
type reading struct{ mark, says, not bool }

// nothing lists the titles that a calendar shows in place of the true one.
var nothing = []string{"busy", "private", "private appointment", "gebucht", "beschäftigt", "privat", "privater termin", "occupé", "privé", "ocupado", "bezet"}

// titles remembers readings: the instances of a series share one title.
type titles map[string]reading

func (t titles) read(title string) reading {
	r, ok := t[title]
	if !ok {
		p := plain(title)
		r = reading{mark: focusMark.MatchString(title) && !elsewhere(bare(title)) && !among(bare(title), nothing), says: focusTitle.MatchString(p), not: focusNot.MatchString(p)}
		t[title] = r
	}
	return r
}

// declared says why an event is focus time by the calendar's own word, and how sure that
// is; "" if the calendar does not say so.
func declared(e calendar.Event, p Policy, known titles) (string, float64) {
	title := known.read(e.Title)
	switch {
	case e.Type == calendar.TypeFocus:
		return "the calendar marks it as focus time", 1
	case category(e.Categories, p.FocusCategories) != "":
		return fmt.Sprintf("its category is %q", category(e.Categories, p.FocusCategories)), 0.95
	case title.mark && !(strings.Contains(e.Title, "\u2747") && !solo(e)):
		return "a focus tool made it", 0.95
	case !solo(e) || title.not:
		return "", 0
	case among(plain(e.Title), p.FocusTitles):
		return fmt.Sprintf("its title says so: %q", e.Title), 0.95
	case title.says:
		return fmt.Sprintf("its title says so: %q", e.Title), 0.9
	}
	return "", 0
}

// category finds the first category that means focus time.
func category(have, want []string) string {
	for _, c := range have {
		if n := plain(c); n == "focus time" || n == "focus" || n == "fokuszeit" || n == "deep work" || among(n, want) {
			return c
		}
	}
	return ""
}

func among(title string, words []string) bool {
	for _, w := range words {
		if w = plain(w); w != "" && (title == w || strings.HasPrefix(title, w+" ")) {
			return true
		}
	}
	return false
}

// plain is a title in lower case without the signs and emoji before it.
func plain(s string) string {
	s = strings.TrimLeftFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(strings.Fields(s), " ")
}
