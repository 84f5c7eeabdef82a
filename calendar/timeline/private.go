package timeline

import "regexp"

// private matches titles, in lower case, of what somebody alone in an entry does that is
// not work: meals, children, travel, sport, health, lessons, days off. Words that as
// often belong to work, perhaps in another language, are left out (French "vol", Polish
// "lot", Italian "piano", Dutch "middag", "private" alone): such a block is called a
// meeting, which is no better than calling a flight focus time.
var private = regexp.MustCompile(`(^|[^\pL])(` + meals + `|` + children + `|` + travel + `|` + sport + `|` + health + `|` + lessons + `|` + daysOff + `)($|[^\pL])|` + unspaced)

// One line a language or family: English, German, French, Spanish and Portuguese,
// Italian, Dutch, Polish and Czech, Nordic, Finnish, Turkish, Russian.
const (
	meals = `dinner|brunch|zmittag|mittagstisch|abendessen|dîner|repas|cena|desayuno|almoço|jantar|colazione|avondeten|śniadanie|kolacja|oběd|` +
		`lunsj|lounas|öğle yemeği|обед|ужин`
	children = `child(ren)?|childcare|daycare|nursery|nanny|babysitter|daughter|kinder|schule|hort|tagesmutter|elternabend|abhol(en|ung)|école|crèche|garderie|enfants?|` +
		`colegio|escuela|guardería|niñ[oa]s?|hij[oa]s?|escola|creche|crianças?|filh[oa]s?|scuola|asilo|bambin[io]|figli[oa]?|kinderen|opvang|` +
		`szkoł[ay]|przedszkol[ea]|dzieci|škol[ay]|školk[ay]|děti|skola[n]?|skole[n]?|förskola[n]?|barnehage[n]?|børnehave[n]?|dagis|barn(en)?|` +
		`koulu|päiväkoti|lapset|okul|çocuk(lar)?|школа|садик|дети|детей`
	travel = `ferry|taxi|airport|layover|travell?ing|business trip|\pL*(fahrt|flug)|zug|bahn|(an|ab|rück|dienst)?reise|pendeln|trajet|avion|voyage|déplacement|` +
		`vuelo|viaje|tren|aeropuerto|desplazamiento|voo|viagem|trem|comboio|aeroporto|deslocamento|volo|treno|viaggio|vlucht|trein|reistijd|onderweg|` +
		`samolot|pociąg|podróż|dojazd|vlak|flyg|tåg(et)?|resa|restid|tog|rejse|flytur|lento|juna|matka|uçuş|yolculuk|поезд|перел[её]т|самол[её]т|дорога`
	sport = `fitness|workout|peloton|crossfit|pilates|spinning|tennis|golf|squash|padel|football|soccer|basketball|climbing|jog(ging)?|walk(ing)?|dog|` +
		`joggen|laufen|schwimmen|spaziergang|hund|musculation|natation|piscine|gimnasio|natación|piscina|academia|ginásio|natação|palestra|nuoto|` +
		`sportschool|hardlopen|zwemmen|wandelen|siłownia|basen|bieganie|posilovna|\pL*träning|trening|træning|kuntosali|spor salonu|тренировка|спортзал|бассейн`
	health = `massage|clinic|hospital|haircut|hairdresser|vet|\pL*arzt|ärztin|friseur|krankengymnastik|physiotherapie|médecin|dentiste|kiné|kinésithérapeute|ostéopathe|coiffeur|` +
		`médic[oa]|dentista|fisioterapia|peluquería|medico|parrucchiere|tandarts|huisarts|fysio|fysiotherapie|kapper|lekarz|dentysta|lékař|zubař|` +
		`läkare|tandläkare[n]?|vårdcentral|læge|tandlæge|lege|tannlege|frisör|lääkäri|hammaslääkäri|doktor|dişçi|врач|стоматолог`
	lessons = `lessons?|guitar|violin|\pL*unterricht|sprachkurs|cours d|leçon|clases?|aula de|lezione|lekcja|lektion|oppitunti|урок`
	daysOff = `day off|errands?|family|birthday|church|personal (appointment|commitment|errand|time)s?|frei(er tag)?|familie|urlaub|congés?|famille|familia|día libre|família|folga|` +
		`famiglia|ferie|papadag|mamadag|ouderschapsdag|vrij|rodzina|rodina|familj|ledig|perhe|aile|izin|семья|выходной`
	unspaced = `ランチ|昼食|昼休み|お迎え|送迎|保育園|学校|移動|出張|新幹線|フライト|ジム|ヨガ|歯医者|病院|レッスン|休暇|家族|` +
		`午餐|午饭|接孩子|飞机|高铁|出差|健身|跑步|医院|牙医|休假|점심|어린이집|학교|이동|출장|운동|병원|치과|휴가`
)

// toolTail is what a focus tool adds to the title of everything that it makes, lunch
// too: it says who made the entry, not what for.
var toolTail = regexp.MustCompile(`\s*[(|·-]?\s*(via )?(clockwise|reclaim(\.ai)?|viva insights|myanalytics)\)?$`)

// bare is a plain title without a tool's tail.
func bare(title string) string { return toolTail.ReplaceAllString(plain(title), "") }

// elsewhere says whether a plain title names something that is not work alone.
func elsewhere(title string) bool { return otherwise.MatchString(title) || private.MatchString(title) }
