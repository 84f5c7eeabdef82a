package title

// begins matches deeds that open a title. What follows is what the work is for, a
// meeting too.
var begins = start(
	`(write|writing|draft(ing)?|finish(ing)?|prepare|preparing|prep( for)?|preparation|work(ing)? on|review(ing)? (the )?(docs?|papers?|pull requests?|prs?|code|contracts?|drafts?|deck)|read(ing)?|edit(ing)?|rehearse|outline|revise|wip)`,
	`(vorbereitung(en)?|vorbereiten|schreiben|ausarbeit\pL*|erstell\pL*|entwurf|überarbeit\pL*|lesen|durchsicht)`,
	`(préparer|préparation|rédiger|rédaction|écrire|écriture|relire|relecture|finaliser|lire)`,
	`(preparar|preparación|preparação|redactar|redacción|escribir|redigir|redação|escrever|leer|ler|revisar|terminar|finalizar)`,
	`(preparare|preparazione|scrivere|scrittura|stesura|redigere|leggere|finire)`,
	`(voorbereid\pL*|schrijven|schrijf\pL*|uitwerken|opstellen|lezen|afmaken)`,
	`(förbered\pL*|skriva|skriv\pL*|läsa|forbered\pL*|skrive|læse|skrivning)`,
	`(valmistel\pL*|kirjoit\pL*|laatia|viimeistel\pL*)`,
	`(przygotow\pL*|pisanie|napisać|pisać|opracow\pL*|czytanie|příprava|psaní)`,
)

// ends matches deeds that close a title: "1:1 prep".
var ends = compile(`(^|[^\pL])(` + fold(`prep(aration)?|writ(ing|e-up)|draft|notes prep|\pL*vorbereitung|\pL*voorbereiding|förberedelser?|forberedelser?|valmistelu`) + `)$`)

// deed matches titles that name a piece of work which one person does alone.
var deed = words(
	`writing|write|draft(s|ing)?|reading|read|prep(aration)?|plan(ning)?|planification|roadmap\pL*|forecast(ing)?|budget(s|ing)?|analy(sis|ses|tics|ze|se)|research|thinking|think|reflection|`+
		`cod(e|ing)|programming|refactor(ing)?|debug(ging)?|develop(ment|ing)?|design|architecture|spec(s|ification)?|documentation|docs?|`+
		`report(s|ing)?|memo|paper(s)?|article|essay|thesis|proposal|slides?|deck|presentation|manuscript|chapter|blog post|newsletter|numbers|modell?ing|spreadsheet|model|paperwork|`+
		`(code|pr|doc|document|paper|perf|performance) reviews?|strateg(y|ies|ic)|brainstorm(ing)? alone|creative( work)?|studying|study|learning|project work|solo work|work(ing)?([ -](time|block|session|alone|hours?))?`,
	// German, Dutch: compounds by their stems
	`\pL*(konzept|strategie|planung|analyse|recherche|bericht|präsentation|budget|entwurf|gutachten|protokoll|unterlagen)(e|en|s|erstellung)?|\pL*arbeit(en|szeit|sblock)?|`+
		`\pL*(schreib|vorbereit|programmier|nachdenk|ausarbeit)\pL*|angebot(e)?( schreiben)?|lektüre|lesezeit|schreibtisch\pL*|kreativ\pL*|auswertung(en)?|kalkulation|`+
		`\pL*(verslag|rapportage|begroting|voorstel|beleidsplan|jaarplan|onderzoek|presentatie|plan(ning|nen)?)|\pL*(schrijf|schrijv|voorbereid|denk)\pL*|(bureau|stukken|dossier)\pL*|werk(tijd|blok|en|uur)|nadenken|uitwerk\pL*`,
	// French, Spanish, Portuguese, Italian
	`rédaction|rédiger|écriture|préparation|stratégi\pL*|planification|analyses?|rapports?|présentation|dossiers?|note|mémo|étude|réflexion|conception|travail( (de fond|personnel|individuel|solo))?|relecture|lecture|budget|développement|recherche|`+
		`redacción|escritura|preparación|estrateg\pL*|planificación|análisis|informes?|presupuesto|presentación|estudio|reflexión|trabajo( (individual|personal|de fondo|propio))?|lectura|desarrollo|investigación|propuesta|diseño|`+
		`redação|escrita|preparação|planejamento|planeamento|análises?|relatórios?|orçamento|apresentação|estudo|reflexão|trabalho( (individual|pessoal|próprio))?|leitura|desenvolvimento|pesquisa|proposta|`+
		`redazione|scrittura|stesura|preparazione|strategi\pL*|pianificazione|analisi|relazion[ei]|presentazione|studio|riflessione|lavoro( (individuale|personale))?|lettura|sviluppo|ricerca|proposta|progettazione|bilancio`,
	// Swedish, Danish, Norwegian, Finnish
	`\pL*(arbete|arbeten|arbejde|arbeid)|(skriv|förbered|forbered|planer|planläg|planlæg|planleg|strategi|budget|budsjett|analys|rapport|utred|presentation|presentasjon|præsentation|koncept|konsept|utveckl|udvikl|utvikl|programmer|tänk|tenk|tænk)\pL*|`+
		`\pL*(rapport|analys|analyse|strategi|budget|planering|planlægning|planlegging|skrivande|skrivning)(en|er|et)?|läsning|läsa|lesing|læsning|eget arbete|egen tid|skrivtid|skrivetid|`+
		`\pL*(suunnittelu|valmistelu|kirjoitus|kirjoittamis|strategia|raportti|raportin|analyysi|budjetti|tutkimus|ajattelu|kehitys)\pL*|\pL*(työaika|työskentely|työ)|lukeminen|lukuaika|esityksen \pL+`,
	// Polish, Czech, Turkish, Russian
	`pisani\pL*|przygotow\pL*|strategi\pL*|planowani\pL*|analiz\pL*|raport\pL*|budżet\pL*|prezentacj\pL*|koncepcj\pL*|opracow\pL*|czytani\pL*|praca( (własna|koncepcyjna|indywidualna))?|myśleni\pL*|programowani\pL*|badani[ae]|`+
		`psaní|příprava|plánování|analýza|zpráva|rozpočet|práce|yazma|hazırlık|rapor|çalışma|planlama|подготовка|отч[её]т|анализ|стратегия|план(ирование)?|написать`,
	`\S*(作業|執筆|資料作成|企画|分析|準備|写作|准备|工作|작업|기획|집필)\S*`,
)

// taken matches titles that only say that the time is not free.
var taken = words(
	`block(ed|er|ing)?( (time|off|out))?|blocked|hold|held|busy|reserved|reservation|unavailable|not available|tied up|occupied|calendar block|time block|no availability|me time|own time|`+
		`geblockt|blocker|blockiert|blockzeit|reserviert|besetzt|belegt|nicht verfügbar|eigene zeit|terminblocker|zeitblock|`+
		`bloqué(e)?|bloquer|réservé(e)?|occupé(e)?|indisponible|créneau (bloqué|réservé|perso pro)|non disponible|`+
		`bloquead[oa]|bloqueo|bloqueio|bloquear|reservad[oa]|ocupad[oa]|no disponible|indisponível|bloccat[oa]|riservat[oa]|occupat[oa]|non disponibile|`+
		`geblokkeerd|gereserveerd|bezet|blokkade|niet beschikbaar|eigen tijd|blokkeren|`+
		`upptage[nt]|blockera(t|d)?|reserverad|bokad|opptatt|optaget|blokeret|reserveret|blokkert|reservert|varattu|varaus|`+
		`zajęt[aey]|zablokowan\pL*|zarezerwowan\pL*|blokada|blok|rezerwacja|niedostępn\pL*|rezervováno|blokováno|dolu|meşgul|занят[оа]?|занято`,
	`ブロック|予約済み|占用|忙`,
)
