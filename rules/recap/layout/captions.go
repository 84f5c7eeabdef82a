package layout

import (
	"fmt"
	"strings"

	"headsup/rules/recap/prose"
)

// Limits of a transcript.
const (
	maxTurn     = 1500   // bytes that one turn collects before the next begins
	maxPause    = 15     // seconds of silence that end a turn
	maxProblems = 20     // of one kind; more say nothing new
	maxTurns    = 200000 // a day of talk has a tenth of this
)

// cueTime is one timing line: when its words begin and end, in seconds.
type cueTime struct{ from, to int }

// captions reads WebVTT (W3C, section 4) and SubRip: blocks of an optional name, a
// timing line and text. Words of one speaker that follow each other become one turn;
// every part of it knows its line.
type captions struct {
	units    []Unit
	problems []Problem
	at       cueTime
	inCue    bool
	skip     bool   // within NOTE, STYLE or REGION
	speaker  string // of the voice tag that is still open
	lastEnd  int
}

// ReadCaptions reads a transcript, WebVTT or SubRip, into turns.
func ReadCaptions(lines []string, vtt bool) ([]Unit, []Problem) {
	c := &captions{}
	if vtt && !strings.HasPrefix(lines[0], "WEBVTT") {
		c.problem(1, `a WebVTT file starts with "WEBVTT"; it was read all the same`)
	}
	for i, l := range lines {
		if vtt && i == 0 && strings.HasPrefix(l, "WEBVTT") {
			c.skip = true
			continue
		}
		c.line(i+1, strings.TrimSpace(l), vtt)
	}
	for i := range c.units {
		u := &c.units[i]
		u.Text = strings.Join(u.Parts, " ")
	}
	if len(c.units) == 0 {
		c.problem(0, "the transcript has no spoken words")
	}
	return c.units, c.problems
}

func (c *captions) problem(line int, text string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, Problem{line, text})
	}
}

func (c *captions) line(no int, t string, vtt bool) {
	switch {
	case t == "":
		c.inCue, c.skip, c.speaker = false, false, ""
	case strings.Contains(t, "-->"):
		at, ok := parseTimes(t)
		if !ok {
			c.problem(no, fmt.Sprintf("%q is no timing line (want 00:01:02.000 --> 00:01:05.000); its words were read without a time", Short(t)))
			at = c.at
		}
		c.at, c.inCue, c.skip, c.speaker = at, true, false, ""
	case c.skip:
	case !c.inCue:
		c.skip = vtt && (strings.HasPrefix(t, "NOTE") || strings.HasPrefix(t, "STYLE") || strings.HasPrefix(t, "REGION"))
	default:
		c.words(no, t)
	}
}

// words reads a line of text, which may hold several voices.
func (c *captions) words(no int, t string) {
	for t != "" {
		i := strings.Index(t, "<v")
		if i < 0 || !voiceTag(t[i:]) {
			c.say(no, t)
			return
		}
		c.say(no, t[:i])
		end := strings.IndexByte(t[i:], '>')
		if end < 0 {
			c.say(no, t[i+2:])
			return
		}
		_, name, _ := strings.Cut(t[i+2:i+end], " ")
		c.speaker = prose.Tidy(prose.Entities.Replace(name))
		t = t[i+end+1:]
	}
}

// voiceTag: "<v Dana>" or, with classes, "<v.loud Dana>".
func voiceTag(t string) bool { return len(t) > 3 && (t[2] == ' ' || t[2] == '.') }

func (c *captions) say(no int, raw string) {
	text, _ := prose.Plain(strings.ReplaceAll(withoutTimes(raw), "</v>", ""))
	text = strings.TrimLeft(text, "-–> ")
	if text == "" {
		return
	}
	who := c.speaker
	if who == "" {
		if name, rest := SpeakerPrefix(text); rest != text {
			who, text = name, rest
		} else if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "(") {
			if end := strings.IndexAny(text, "])"); end > 0 && SpeakerLike(text[1:end]) && len(text) > end+1 {
				who, text = text[1:end], strings.TrimLeft(text[end+1:], " :")
			}
		}
		if who == "" && len(c.units) > 0 && c.units[len(c.units)-1].Last == no-1 {
			who = c.units[len(c.units)-1].Speaker // the second line of a cue
		}
	}
	if n := len(c.units); n > 0 {
		u := &c.units[n-1]
		if (u.Speaker == who || who == "") && c.at.from-c.lastEnd <= maxPause && u.size+len(text) < maxTurn {
			u.Parts, u.nos, u.Last = append(u.Parts, text), append(u.nos, no), no
			u.size += len(text)
			c.lastEnd = c.at.to
			return
		}
	}
	if len(c.units) >= maxTurns {
		return
	}
	c.units = append(c.units, Unit{Kind: Turn, First: no, Last: no, Parts: []string{text}, nos: []int{no}, Parent: -1, Head: -1, Speaker: who, At: clock(c.at.from), size: len(text)})
	c.lastEnd = c.at.to
}

// withoutTimes drops the karaoke marks "<00:00:01.000>".
func withoutTimes(s string) string {
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 >= len(s) || s[i+1] < '0' || s[i+1] > '9' {
			return s
		}
		end := strings.IndexByte(s[i:], '>')
		if end < 0 {
			return s
		}
		s = s[:i] + s[i+end+1:]
	}
}

// parseTimes reads "00:01:02.000 --> 00:01:05,000 align:start".
func parseTimes(t string) (cueTime, bool) {
	a, b, _ := strings.Cut(t, "-->")
	b, _, _ = strings.Cut(strings.TrimSpace(b), " ")
	from, okA := parseClock(strings.TrimSpace(a))
	to, okB := parseClock(b)
	return cueTime{from, to}, okA && okB && to >= from
}

// parseClock reads "01:02:03.456" or "02:03,456" as whole seconds.
func parseClock(s string) (int, bool) {
	if i := strings.IndexAny(s, ".,"); i >= 0 {
		if len(s)-i > 7 {
			return 0, false
		}
		s = s[:i]
	}
	total, parts := 0, 0
	for _, p := range strings.Split(s, ":") {
		n := 0
		if len(p) == 0 || len(p) > 4 {
			return 0, false
		}
		for _, c := range p {
			if c < '0' || c > '9' {
				return 0, false
			}
			n = n*10 + int(c-'0')
		}
		if parts > 0 && n > 59 {
			return 0, false
		}
		total = total*60 + n
		parts++
	}
	return total, parts == 2 || parts == 3
}

func clock(seconds int) string {
	return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
