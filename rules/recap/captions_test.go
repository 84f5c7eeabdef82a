package recap

import (
	_ "embed"
	"reflect"
	"strings"
	"testing"
)

// vtt is the transcript that layout's own test reads too.
//
//go:embed testdata/captions.vtt
var vtt string

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
