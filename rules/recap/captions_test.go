package recap

import (
	"reflect"
	"strings"
	"testing"
)

const vtt = `WEBVTT - weekly

STYLE
::cue { color: red }

NOTE nobody says this

intro
00:00:01.000 --> 00:00:04.000 align:start
<v Dana Reyes>Let's go with the blue one. Sam, could you send
the <c.loud>numbers</c> by Friday?</v>

00:00:05.000 --> 00:00:07.000
<v Sam Okafor>I will send the numbers on Thursday.</v>
<v Dana Reyes>Good. The release is blocked by <00:00:06.500>the audit.</v>

1:00:08.000 --> 1:00:09.000
Kim Novak: I'll write the summary &amp; send it.
`

func TestTranscriptItems(t *testing.T) {
	r := mustRead(t, "2026-03-04 call.vtt", vtt, Options{})
	if want := []string{"Dana Reyes", "Sam Okafor", "Kim Novak"}; !reflect.DeepEqual(r.Attendees, want) {
		t.Errorf("attendees %q, want %q", r.Attendees, want)
	}
	want := []string{
		"decision 10-10 00:00:01 - -", "action 10-11 00:00:01 Sam 2026-03-06", "action 14-14 00:00:05 Sam Okafor 2026-03-05",
		"risk 15-15 00:00:05 - -", "action 18-18 01:00:08 Kim Novak -",
	}
	if got := spokenLines(r.Items); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

func spokenLines(items []Item) []string {
	var out []string
	for _, it := range items {
		out = append(out, strings.Join([]string{string(it.Kind), itoa(it.Line) + "-" + itoa(it.EndLine), it.At, dash(it.Owner), dash(it.DueDate)}, " "))
	}
	return out
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func TestSubRip(t *testing.T) {
	srt := "1\n00:00:01,000 --> 00:00:04,000\n[Dana] We agreed to move\nthe launch to May.\n\n2\n00:00:30,000 --> 00:00:33,000\n- Sam: I'll tell the press tomorrow.\n"
	r := mustRead(t, "2026-03-04.srt", srt, Options{})
	want := []string{"decision 3-4 00:00:01 - -", "action 8-8 00:00:30 Sam 2026-03-05"}
	if got := spokenLines(r.Items); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A WebVTT file is known by its first line, whatever its name.
func TestFormatByContent(t *testing.T) {
	if r := mustRead(t, "notes.txt", vtt, Options{}); len(r.Attendees) != 3 {
		t.Errorf("attendees %q", r.Attendees)
	}
}
