package title

// private matches titles, in lower case, of what somebody alone in an entry does that is
// not work: meals, children, travel, sport, health, lessons, leisure, the household, days
// off. Words that as often belong to work, perhaps in another language, are left out (French
// "vol", Polish "lot", Italian "piano", Dutch "middag", "private" alone): such a block is
// called a meeting, which is no better than calling a flight focus time.
// A title of letters and digits alone is the number of a flight or a train.
var private = compile(`^\pL{1,4} ?\d{2,5}$|(^|[^\pL])(` + fold(meals+`|`+children+`|`+travel+`|`+sport+`|`+health+`|`+lessons+`|`+leisure+`|`+daysOff) + `)($|[^\pL])|` + unspaced)

// One line a language or family: English, German, French, Spanish and Portuguese,
// Italian, Dutch, Polish and Czech, Nordic, Finnish, Turkish, Russian.
const (
	meals = `lunch|breakfast|dinner|brunch|supper|coffee|break|pause|mittag(essen|spause|stisch)?|zmittag|abendessen|frühstück|kaffee|déjeuner|dîner|repas|pause déj(euner)?|almuerzo|comida|cena|desayuno|almoço|jantar|café da manhã|` +
		`pranzo|colazione|pausa( pranzo)?|lunchpauze|avondeten|ontbijt|koffie|obiad|śniadanie|kolacja|oběd|snídaně|lunchrast|fika|middagsmad|frokost|lunsj|lounas(tauko)?|aamiainen|öğle yemeği|обед|ужин|завтрак`
	children = `child(ren)?|childcare|daycare|nursery|nanny|babysitter|daughter|kids?|school|pick[ -]?up|drop[ -]?off|carpool|parent(s|ing)?|kita|kindergarten|kinder|schule|hort|tagesmutter|elternabend|abhol(en|ung)|école|crèche|garderie|enfants?|` +
		`colegio|escuela|guardería|niñ[oa]s?|hij[oa]s?|escola|creche|crianças?|filh[oa]s?|scuola|asilo|bambin[io]|figli[oa]?|kinderen|opvang|kinderopvang|` +
		`szkoł[ay]|przedszkol[ea]|dzieci|škol[ay]|školk[ay]|děti|skola[n]?|skole[n]?|förskola[n]?|barnehage[n]?|børnehave[n]?|dagis|barn(en)?|` +
		`koulu|päiväkoti|lapset|okul|çocuk(lar)?|школа|садик|дети|детей`
	travel = `ferry|taxi|airport|layover|commut(e|ing)|travell?(ing)?|train|flight|drive|business trip|bus|\pL*(fahrt|flug)|zug|bahn|(an|ab|rück|dienst)?reise|reisezeit|pendeln|trajet|train|avion|voyage|déplacement|` +
		`vuelo|viaje|tren|aeropuerto|desplazamiento|voo|viagem|trem|comboio|aeroporto|deslocamento|volo|treno|viaggio|vlucht|trein|reistijd|onderweg|` +
		`samolot|pociąg|podróż|dojazd|vlak|cesta|flyg|tåg(et)?|resa|restid|pendling|tog|rejse|rejsetid|reise|reisetid|flytur|lento|juna|matka|uçuş|yolculuk|поезд|перел[её]т|самол[её]т|дорога`
	sport = `gym|sports?|yoga|^run$|(morning |evening |long |trail )run|running|swim(ming)?|fitness|workout|peloton|crossfit|pilates|spinning|zumba|boxing|judo|karate|tennis|golf|squash|padel|football|soccer|basketball|handball|volleyball|hockey|rowing|cycling|hiking|climbing|bouldering|jog(ging)?|walk(ing)?|dog|` +
		`joggen|laufen|schwimmen|klettern|bouldern|rudern|radfahren|spaziergang|hund(erunde)?|fussball|turnen|musculation|natation|piscine|vélo|course à pied|escalade|gimnasio|natación|piscina|correr|fútbol|academia|ginásio|natação|futebol|corrida|palestra|nuoto|calcio|corsa|` +
		`sportschool|hardlopen|zwemmen|wandelen|fietsen|voetbal|siłownia|basen|bieganie|rower|piłka|posilovna|běh|\pL*träning|löpning|simning|gymmet|trening|træning|løb|løping|svømning|svømming|kuntosali|juoksu|uinti|spor salonu|тренировка|спортзал|бассейн`
	health = `dentist|doctor|physio|therapy|therapist|massage|clinic|hospital|haircut|hairdresser|barber|vet|optician|vaccination|blood test|\pL*arzt|ärztin|\pL*therapie|friseur|krankengymnastik|impfung|vorsorge|médecin|dentiste|kiné|kinésithérapeute|ostéopathe|coiffeur|` +
		`médic[oa]|dentista|fisioterapia|terapia|peluquería|medico|parrucchiere|tandarts|huisarts|fysio|fysiotherapie|kapper|lekarz|dentysta|fryzjer|rehabilitacja|lékař|zubař|` +
		`läkare|tandläkare[n]?|vårdcentral|sjukgymnast|læge|tandlæge|frisør|lege|tannlege|frisör|lääkäri|hammaslääkäri|kampaaja|doktor|dişçi|врач|стоматолог`
	lessons = `lessons?|class|classes|guitar|violin|choir|band practice|rehearsal|\pL*unterricht|\pL*stunde (klavier|gitarre)|sprachkurs|chor|chorprobe|musikschule|cours d\pL*|leçon|chorale|clases?|aula de \pL+|coro|lezione|lekcja|lektion|kör|kor|korøvelse|koor|chór|kuoro|oppitunti|урок`
	leisure = `book club|volunteer(ing)?|garden(ing)?|cooking|grocer(y|ies)|shopping|meditat(e|ion)|nap|prayers?|concert|cinema|theat(re|er)|museum|plumber|electrician|handyman|car service|oil change|notary|` +
		`einkauf(en)?|garten|verein|gottesdienst|handwerker|werkstatt|konzert|kino|meditation|courses|jardin|concert|bénévolat|compras|jardín|misa|concierto|missa|spesa|giardino|messa|concerto|boodschappen|tuin|kerk|zakupy|ogród|handla|trädgård|indkøb|havearbejde|kauppa|puutarha`
	daysOff = `day off|errands?|family|birthday|church|personal (appointment|commitment|errand|time)s?|vacation|holidays?|frei(er tag)?|familie|urlaub|feierabend|congés?|famille|vacances|familia|día libre|vacaciones|família|folga|férias|` +
		`famiglia|ferie|papadag|mamadag|ouderschapsdag|vrij|vakantie|rodzina|urlop|rodina|familj|ledig|semester|ferie|perhe|loma|aile|izin|семья|выходной|отпуск`
	unspaced = `ランチ|昼食|昼休み|お迎え|送迎|保育園|学校|移動|出張|新幹線|フライト|ジム|ヨガ|歯医者|病院|レッスン|休暇|家族|` +
		`午餐|午饭|接孩子|飞机|高铁|出差|健身|跑步|医院|牙医|休假|점심|어린이집|학교|이동|출장|운동|병원|치과|휴가`
)
