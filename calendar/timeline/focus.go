package timeline

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"headsup/calendar"
	"headsup/calendar/timeline/title"
)

// Block is a stretch of the week that is, or might be, focus time: one event or a whole
// series.
type Block struct {
	Key        string // names the block in an Answer; stays the same while the block does
	Calendar   string
	Title      string // "" where the calendar shows only free and busy
	When       string // "Tue, Thu 13:00-15:00"
	Declared   bool   // the calendar says so; otherwise inferred
	Focus      bool   // counts as focus time
	Confidence float64
	Evidence   []string // in words, with numbers
	Answer     string   // "confirmed", "rejected", or "" if the user was not asked
	Instances  int      // known instances
}

func (b *Block) why() string { return strings.Join(b.Evidence, "; ") }

// threshold is how sure an inferred block must be to be called focus time. Below it the
// time stays busy, so the price of a mistake is a word, not a mail at a wrong moment.
const threshold = 0.6

// FocusBlocks lists the declared blocks and the candidates for inferred ones, surest
// first, for a person to confirm or reject.
func FocusBlocks(in Input) []Block {
	in = in.withDefaults()
	shown := events(in)
	hours, _ := workingHours(in, false)
	seen := map[*Block]bool{}
	var out []Block
	for _, b := range findFocus(in, shown, hours) {
		if b != nil && !seen[b] {
			seen[b] = true
			out = append(out, *b)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Confidence != out[j].Confidence {
			return out[i].Confidence > out[j].Confidence
		}
		return out[i].Key < out[j].Key
	})
	return out
}

// series is a group of events that belong together.
type series struct {
	id      string // from which the key is made
	members []int
	said    string // not "": why the calendar declares it focus time
	sure    float64
}

// findFocus gives every event that is, or might be, focus time its block; nil for others.
func findFocus(in Input, shown []entry, hours Hours) []*Block {
	blocks := make([]*Block, len(shown))
	ev := newEvidence(in, shown, hours)
	for _, s := range gather(in, shown) {
		b := &Block{Key: keyOf(s.id), Calendar: shown[s.members[0]].source, Title: shown[s.members[0]].Title,
			When: placeOf(in.Zone, shown, s.members), Instances: len(s.members)}
		if s.said != "" {
			b.Declared, b.Focus, b.Confidence, b.Evidence = true, true, s.sure, []string{s.said}
		} else if in.Policy.InferFocusOff || !ev.weigh(b, s) {
			continue
		}
		b.answer(in.Answers)
		for _, i := range s.members {
			blocks[i] = b
		}
	}
	return blocks
}

func (b *Block) answer(answers []Answer) {
	for _, a := range answers {
		if a.Key != b.Key {
			continue
		}
		b.Focus, b.Confidence = a.Focus, 1
		if a.Focus {
			b.Answer, b.Evidence = "confirmed", append([]string{"you said that it is focus time"}, b.Evidence...)
		} else {
			b.Answer, b.Evidence = "rejected", append([]string{"you said that it is not focus time"}, b.Evidence...)
		}
	}
}

func keyOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:4])
}

// gather groups events: declared ones by calendar and title, recurring ones by UID, and
// what is left by its place in the week, because a calendar that shows only free and
// busy has no UIDs that last.
func gather(in Input, shown []entry) []*series {
	uids := map[string]int{}
	for _, e := range shown {
		uids[e.source+"\x00"+e.UID]++
	}
	byID := map[string]*series{}
	byTitle := map[string]*series{} // of those that come back
	var out []*series
	for i, e := range shown {
		if e.AllDay || e.Unreadable != "" || !blocks(e.Event, in.Policy) || e.Type == calendar.TypeAway || e.Show == calendar.ShowAway {
			continue
		}
		id, said, sure := seriesOf(in, e, uids)
		if id == "" {
			continue
		}
		s := byID[id]
		if s == nil {
			s = &series{id: id, said: said, sure: sure}
			byID[id] = s
			out = append(out, s)
		}
		s.members = append(s.members, i)
		if name := title.Plain(e.Title); name != "" && s.said == "" && len(s.members) == 3 {
			byTitle[e.source+"\x00"+name] = s
		}
	}
	return rejoined(out, shown, byTitle)
}

// rejoined puts what happened once or twice under the title of a series into that series: a
// block that was moved to another day by hand.
func rejoined(all []*series, shown []entry, byTitle map[string]*series) []*series {
	return slices.DeleteFunc(all, func(s *series) bool {
		first := shown[s.members[0]]
		home := byTitle[first.source+"\x00"+title.Plain(first.Title)]
		if s.said != "" || len(s.members) > 2 || home == nil || home == s {
			return false
		}
		home.members = append(home.members, s.members...)
		slices.Sort(home.members)
		return true
	})
}

func seriesOf(in Input, e entry, uids map[string]int) (id, said string, sure float64) {
	if said, sure = declared(e.Event, in.Policy, in.Titles); said != "" {
		return "declared\x00" + e.source + "\x00" + title.Plain(e.Title), said, sure
	}
	if !solo(e.Event) || e.End.Sub(e.Start) > 8*time.Hour {
		return "", "", 0
	}
	if e.UID != "" && (e.Recurring || uids[e.source+"\x00"+e.UID] > 2) {
		return "uid\x00" + e.source + "\x00" + e.UID, "", 0
	}
	from, to := clockOf(e.Start, in.Zone), clockOf(e.End, in.Zone)
	return fmt.Sprintf("place\x00%s\x00%d-%d\x00%s", e.source, from, to, title.Plain(e.Title)), "", 0
}

func clockOf(t time.Time, loc *time.Location) Clock {
	t = t.In(loc)
	return Clock(t.Hour()*60 + t.Minute())
}

// placeOf says where in the week a series lies: its usual days and times.
func placeOf(loc *time.Location, shown []entry, members []int) string {
	days := [7]int{}
	clocks := map[string]int{}
	for _, i := range members {
		days[shown[i].Start.In(loc).Weekday()]++
		clocks[clockOf(shown[i].Start, loc).String()+"-"+clockOf(shown[i].End, loc).String()]++
	}
	var names []string
	for d := time.Monday; d <= time.Saturday+1; d++ {
		if n := days[d%7]; n > 0 && n*5 >= len(members)/5 {
			names = append(names, (d % 7).String()[:3])
		}
	}
	best := ""
	for c, n := range clocks {
		if best == "" || n > clocks[best] || n == clocks[best] && c < best {
			best = c
		}
	}
	if len(names) == 5 && names[0] == "Mon" && names[4] == "Fri" {
		names = []string{"Mon-Fri"}
	}
	return strings.Join(names, ", ") + " " + best
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
