package title

// meeting matches titles of entries in which people meet, or in which mail and the small
// things of the day are done.
var meeting = compile(`(^|[^\pL])(` + fold(
	`1:1|1-1|1on1|one[ -]on[ -]ones?|o3|skip[ -]level|stand[ -]?ups?|scrum|syncs?|jour fixe|jf|team|meetings?|mtg|calls?|interviews?|all[ -]hands|office hours|`+
		`trainings?|kurs|retro(spective)?|refinement|grooming|sprint|steering|steerco|town ?hall|catch[ -]?up|check[ -]?in|touch ?base|touchpoint|round ?table|huddle|debrief|webinar|seminar|q&a|ama|`+
		`(design|business|ops|pipeline|project|product|quarterly|architecture|portfolio|deal|risk|incident|account|management) review|`+
		`e-?mails?|mail|inbox( zero)?|slack|messages|expenses|admin( time)?|timesheets?|buffer|decompress|approvals|invoices?|correspondence|`+
		// German
		`\pL*(besprechung|abstimmung|sprechstunde|regeltermin|sitzung|konferenz|gespräch|runde|schulung|tagung|treffen|telefonat|termin|interview|meeting)(en|e|s)?|posteingang|postfach|spesen|reisekosten|puffer|freigaben|rechnungen|`+
		// French
		`réunions?|point( (hebdo|équipe|projet|client|d'équipe))?|rendez-vous|rdv|entretiens?|appels?|visio(conférence)?|ateliers?|formation|séminaire|courriels?|notes de frais|tampon|`+
		// Spanish, Portuguese, Italian
		`reuni(ón|ones)|entrevistas?|llamadas?|videollamada|taller|formación|cita|correos?|gastos|seguimiento|alineación|`+
		`reuni(ão|ões)|chamada|conversa|treinamento|alinhamento|despesas|acompanhamento|`+
		`riunion[ei]|chiamata|colloquio|incontro|formazione|appuntamento|posta|spese|allineamento|`+
		// Dutch
		`\pL*(vergadering|overleg|bespreking|gesprek|afspraak)(en)?|bila|sollicitatie\pL*|declaraties|postvak|`+
		// Swedish, Danish, Norwegian, Finnish
		`\pL*(möte|møte|møde|samtal|samtale|avstämning|utbildning)(t|n|r|en|et|er|s)?|utlägg|epost|e-post|indbakke|innboks|`+
		`\pL*(kokous|palaveri|tapaaminen|keskustelu|koulutus|haastattelu|neuvottelu)|sähköposti\pL*|`+
		// Polish, Czech, Turkish, Russian
		`spotkani[ae]|narad[ay]|rozmow[ay]|zebrani[ae]|szkoleni[ae]|rekrutacja|telekonferencja|warsztat(y)?|poczta|skrzynka|rozliczenia|schůzka|porada|pohovor|školení|toplantı|görüşme|eğitim|совещани[ея]|встреча|созвон|планёрка|почта`) +
	`)($|[^\pL])|会議|定例|ミーティング|面談|打ち合わせ|メール|회의|미팅|메일|会议|例会|邮件`)

// body matches the people and bodies that one meets, and how often. Beside a deed they say
// for whom it is done ("Board deck"); alone they are the meeting.
var body = words(
	`daily|weekly|bi-?weekly|monthly|course|workshop|demo|board|committee|council|panel|forum|kick-?off|briefing|conference|summit|off-?site|onboarding|customers?|clients?|vendors?|suppliers?|candidates?|hiring|reviews?|` +
		`vorstand|aufsichtsrat|beirat|ausschuss|gremium|kunden?|comités?|codir|comex|conseil|clients?|juntas?|comitê|comitato|consiglio|mt|\pL*styrelse[nr]?|bestyrelse|styre|\pL*ryhmä|komitet|zarząd`,
)
