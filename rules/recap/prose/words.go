package prose

import "strings"

// Set makes a set of the words of a text.
func Set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// Verbs are what people promise to do, in the base form.
var Verbs = Set(`
accept add address adjust adapt advertise advise assist attach benchmark brainstorm break catalog catalogue dedicate drop-off embed enforce fetch guide integrate label lock mock obtain pack paint populate practice practise program pursue publicise publicize rank rearrange redline redirect reformat rerun reschedule rethink rewire scrub secure seek separate source split supply swap transition unpack wire
agree allow analyse analyze announce apply approach approve arrange ask assess assign attend audit backport block book
bring build bump buy call cancel change charge chase check circulate clarify clean cleanup clear close collect combine comment commit
communicate compare compile complete confirm consider consolidate contact continue contribute convert cooperate coordinate copy create cut
deal debug decide define deliver demo deploy deprecate design determine develop discuss distribute do document double-check draft draw drive
drop edit email enable encourage engage ensure escalate establish estimate evaluate examine expand experiment explain explore expose extend extract
figure file fill finalise finalize find finish fix flesh focus follow follow-up followup form forward gather generate get give go groom hack
handle have help hire hold host identify implement improve include incorporate inform install integrate interview introduce investigate
invite iterate join keep kick land launch lead learn leave let liaise link list look mail maintain make manage measure meet mention merge
message migrate model modify monitor move name narrow negotiate nominate notify obtain offer open order organise organize own pass pay
perform phone pick ping plan play poll post postpone pr prepare present print prioritise prioritize probe proceed produce promote propose
prototype provide publish pull purchase push put query raise reach read rebase record recruit redo reduce refactor refine regenerate
register rehearse release remind remove rename reorganise reorganize repair replace reply report request research reserve resolve respond
restart restore return revert review revise revisit rework rewrite ring rotate run save scan schedule scope search see select sell send set
setup share ship show sign simplify solicit solve sort speak specify split sponsor spread start stop store study submit suggest summarise
summarize support survey switch sync take talk target teach tell test think tidy touch track train transfer translate triage try turn
unblock unify update upgrade upload use validate verify visit volunteer vote wait walk watch work wrap write`)

// NotNames are words that start with a capital in minutes and are nobody.
var NotNames = Set(`
a able about action actions aim aims attempt attempts chance effort efforts hope hopes intend intention opportunity options permission reasons requests steps things thoughts tools way ways wish actually adding additionally after agenda agreed ai all also alternatively an and another answer any anybody
anyone aob api apologies april are as ask at august background basically be because been before best better blocked blocker both bug bugs
build builds but by can chair code comment comments community conclusion cons consensus context could current currently data date december
decided decision default did difficult discuss discussed discussion do docs document does doing done each eager easy either email enough
ensure error errors eta everybody everyone everything example expect feature features february feedback first fix follow following for free
friday from further future fyi general get getting github glad goal goals going good google great group had happy hard has have he hello
helpful her here hey hi hopefully how however i idea ideally if implementation important impossible in information instead intends is issue
issues it it's its january july june just last later leave let let's likely link links list location look looking main make making many
march may maybe meeting meetings might minutes monday more most motion move moved must my nb necessary need needs new next next-step nice no
nobody none not note notes nothing november now october of often ok okay old on once one only open option or other others our out over
overall pending people perhaps plan please point policy possible possibly pr present previous probably problem progress proposal proposed
pros ps question questions ready reason recording release remember remove report resolution right risk sad same saturday second seconded
secretary see september set she should similarly since so some somebody someone something soon sorry spec status still stuff such summary
sunday support supposed sure target task tba tbd team test tests than thank thanks that the their them then there these they thing things
this those though thursday time title to today todo tomorrow topic treasurer tricky try trying tuesday two typically unable under unless
unlikely until up update updates use used user users using version very video vote waiting want wants was we wednesday well were what when
where whether which while who why will with work working worse worth would yes yesterday yet you your zoom feb apr jul aug sep sept oct nov dec tue tues wed thu thur thurs fri`)

// Groups are owners that are not one person.
var Groups = Set(`all everyone everybody team teams group we us community committee others anyone someone somebody members wg council board folks`)

// stops are words that say nothing about what a line is about; used where the words of
// two lines are compared.
var stops = Set(`
a about after again all also am an and any are as at be because been before being but by can could did do does doing done for from get go going had
has have he her him his how i if in into is it its just let like make me more most my need needs no not of on one or other our out over please
re she should so some such than that the their them then there these they this those to too up us use was we were what when where which who why
will with would yes you your s ll ve d m t`)
