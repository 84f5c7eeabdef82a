package title

// toolMark matches what focus tools write into the events that they make: Clockwise
// ("Focus Time (via Clockwise)"), Reclaim (a shield or a lock before the title), Viva
// Insights.
var toolMark = compile(`(?i)via clockwise|^\x{2747}\x{FE0F}?|via reclaim|reclaim\.ai|^(\x{1F6E1}|\x{1F512})\x{FE0F}?\s*focus|viva insights|myanalytics`)

// toolTail is what a focus tool adds to the title of everything that it makes, lunch
// too: it says who made the entry, not what for.
var toolTail = compile(`\s*[(|·-]?\s*(via )?(clockwise|reclaim(\.ai)?|viva insights|myanalytics)\)?$`)

// signs are those that alone mean that somebody wants no disturbance: no entry, prohibited,
// no telephones, muted bell, brain, headphones, shushing face, locks, shield.
var signs = compile(`[\x{26D4}\x{1F6AB}\x{1F4F5}\x{1F515}\x{1F9E0}\x{1F3A7}\x{1F92B}\x{1F512}\x{1F510}\x{1F6E1}]`)

// nothing matches what a calendar shows in place of a title.
var nothing = compile(`^(` + fold(`busy|private( appointment| event)?|gebucht|beschäftigt|belegt|privat(er termin)?|occupé|privé|rendez-vous privé|ocupado|privado|cita privada|`+
	`occupato|privato|appuntamento privato|bezet|privé-afspraak|upptagen|optaget|opptatt|varattu|yksityinen|zajęty|prywatne|compromisso particular|particular`) + `)$`)

// focus matches titles that mean undisturbed work. "Focus group" and "focus on X with Y" are
// not among them: the phrase must stand alone or begin the title.
var focus = compile(`^(` + fold(
	`((my |personal |protected |quiet |morning |afternoon )?focus(ed)?([ -]?(time|block|work(ing)?|hours?|mode|session|day|slot|period|zone))?|`+
		`deep[ -]?(work|focus|thinking|thought)( ?(time|block|session|hours?))?|(maker|quiet|concentration|think(ing)?|flow|protected|uninterrupted|undisturbed|creative|desk)[ -]?(time|work|hours?|block|morning|afternoon|day)|`+
		`un-?bookable|not bookable|nicht buchbar|non réservable|no reservable|não reservável|non prenotabile|niet boekbaar|(ej|inte) bokningsbar|ikke (bookbar|bookes)|ei varattavissa|`+
		`heads?[ -]?down( ?(time|work))?|(please )?(do not|don't) (disturb|book|schedule|interrupt)|dnd|undisturbed|uninterrupted|`+
		// German
		`fokus(sierte?s?|-)? ?(zeit|block|arbeit(en|szeit)?|phase|modus|tag|slot)?|konzentrations?-?(zeit|phase|block|arbeit)|(zeit für )?(konzentriertes?|ungestörte[sr]?|fokussiertes) arbeiten|ungestört|`+
		`(bitte )?nicht (stören|buchen)|still(arbeit|e stunde|arbeitszeit)|ruhezeit|tiefenarbeit|denkzeit|blocker:? fokus|`+
		// French
		`(temps|moment|plage|créneau|bloc|heures?|période) (de |d'|dédié(e)? (à la |au )?|pour )?(concentration|focus|réflexion|travail profond|travail concentré|travail au calme)|concentration|`+
		`(merci de )?ne pas (me )?(déranger|réserver|planifier)|travail (profond|concentré|au calme|sans interruption)|mode focus|`+
		// Spanish, Portuguese
		`(tiempo|hora|horas|bloque|momento|franja) (de |para )?(concentra(ción|rse)|enfoque|foco|trabajo profundo|focus)|trabajo (profundo|concentrado|enfocado|sin interrupciones)|(por favor )?no (molestar|agendar|reservar)|concentración|`+
		`(tempo|bloco|hora|horário|momento|período) (de |para )?(foco|concentração|focus)|trabalho (profundo|focado|concentrado|sem interrupções)|não (incomodar|perturbar|agendar|marcar)( reuniões)?|concentração|foco( total)?|`+
		// Italian
		`(tempo|ora|ore|blocco|momento|fascia) (di |per |dedicato )?(alla )?(concentrazione|concentrarsi|focus|lavoro profondo)|lavoro (profondo|concentrato|senza interruzioni)|non (disturbare|prenotare)|concentrazione|`+
		// Dutch
		`(focus|concentratie)[ -]?(tijd|blok|werk|uur|uren|moment|dag)|diep werk|(graag )?niet (storen|inplannen|boeken)|geconcentreerd werken|ongestoord( werken)?|stilte(uur|tijd)|`+
		// Swedish, Danish, Norwegian
		`fokus[ -]?(tid|block|blokk|blok|arbete|arbejde|arbeid|pass|dag|time|timme)?|koncentrations?(tid|arbete|arbejde)|konsentrasjons?(tid|arbeid)|(var god )?stör (ej|inte)|arbetsro|arbejdsro|arbeidsro|ostör[dt]( arbete|arbetstid)?|`+
		`(må )?ikke forstyr+(es)?|uforstyrret( arbejde)?|uforstyrra(t arbeid)?|dyb(t|de)? ?arbejde|dypt? ?arbeid|djup(t|arbete)?( arbete)?|`+
		// Finnish
		`keskitty\pL*|älä häiritse|ei saa häiritä|syvä\pL* ?työ\pL*|fokus(aika|työ)|työrauha\pL*|`+
		// Polish, Czech
		`(czas|blok|godziny?) (na |dla )?(skupieni[ae]|koncentracj[iaę]|głęboką pracę|pracę w skupieniu|pracę głęboką)( uwagi)?|praca (głęboka|w skupieniu|własna)|skupienie|(proszę )?nie (przeszkadzać|umawiać|rezerwować)|`+
		`čas na soustředění|soustředění|nerušit|hluboká práce|`+
		// Turkish, Russian
		`odaklanma (zamanı|süresi)|rahatsız etmeyin|(время )?(для )?(фокус\pL*|концентрации)|не беспокоить|глубокая работа|`+
		`集中(時間|タイム)?|フォーカスタイム|作業集中|专注(时间)?|專注(時間)?|집중( ?시간| ?근무)?)`) + `)($|[^\pL\d].*|\d.*)`)

// notFocus matches titles that only look like it.
var notFocus = compile(`(focus|fokus)[ -]?(group|gruppe|grupp|review|areas?|meeting|call|topic)|(^|[^\pL])(with|mit|avec|con|met|med|com|w/)([^\pL]|$)|@|1:1|interview|kick-?off|sync($|[^\pL])|workshop`)

// noMeetings matches titles that forbid meetings: such an entry is none, whoever was
// invited to it.
var noMeetings = compile(`(^|[^\pL])(` + fold(
	`no[ -](more |internal )?meetings?|meetings?[ -]?free|zero meetings?|free (of|from) meetings|don't book meetings|`+
		`(meeting|besprechungs|termin)s?-?frei(e[rsn]?)?|(keine|ohne) (meetings?|termine|besprechungen)|`+
		`(sans|pas de|aucune|zéro) (réunions?|meetings?|rendez-vous)|(sin|no) (reuniones|meetings|reunión)|libre de reuniones|(sem|zero) (reunião|reuniões|meetings)|livre de reuniões|não (agendar|marcar) reuniões|`+
		`(senza|niente|no) (riunioni|meeting)|(geen|zonder) (meetings?|vergaderingen|overleg(gen)?|afspraken)|(vergader|meeting|overleg)-?vrij(e)?|`+
		`(mötes|møte|møde|meeting)s?-?fri(tt|a|t|e)?|(inga|utan) möten|(ingen|uten|uden) (møter|møder)|`+
		`(kokous|palaveri|tapaamis)-?(vapaa|ton|riton)\pL*|palaveriton|kokoukseton|ei (kokouksia|palavereita|palavereja|tapaamisia)|`+
		`bez (spotkań|meetingów|schůzek|porad)|toplantısız|toplantı yok|без (встреч|совещаний)|ノー会議|会議なし|ノーミーティング|不开会|无会议|회의 ?없(는|음)`) + `)($|[^\pL])`)
