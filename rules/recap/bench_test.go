package recap

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkNotes reads the labelled notes of HEADSUP_DATA, or the own examples where they
// are not there.
func BenchmarkNotes(b *testing.B) {
	var notes [][]byte
	if data := os.Getenv("HEADSUP_DATA"); data != "" {
		names, err := filepath.Glob(filepath.Join(data, "notes", "[0-9]*.md"))
		if err != nil || len(names) == 0 {
			b.Fatalf("no notes in %s: %v", data, err)
		}
		for _, name := range names {
			note, err := os.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			notes = append(notes, note)
		}
	} else {
		for _, tt := range language {
			notes = append(notes, []byte(frame+tt.note))
		}
	}
	size := 0
	for _, n := range notes {
		size += len(n)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for _, n := range notes {
			if _, err := Read("note.md", n, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(notes)*b.N)/b.Elapsed().Seconds(), "notes/s")
}

// transcript makes a WebVTT file of about size bytes: turns of four speakers, most of
// them talk, some of them items.
func transcript(size int) []byte {
	lines := []string{
		"So the thing with the importer is that it reads the whole file twice and nobody knows why.",
		"Yeah, I saw that last week when I was looking at the numbers from the other region.",
		"Could we not just use what we had before the summer? That was fine for most people.",
		"I'll write that up and send it to the list by Friday.",
		"We agreed to keep the old names for now.",
		"Right. And then there is the question of the price list, which is a bit out of date.",
		"The release is blocked by the audit, so let us see what they say on Thursday.",
	}
	who := []string{"Dana Reyes", "Sam Okafor", "Kim Novak", "Anna Berg"}
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	for i := 0; b.Len() < size; i++ {
		at := i * 5
		fmt.Fprintf(&b, "%02d:%02d:%02d.000 --> %02d:%02d:%02d.000\n<v %s>%s</v>\n\n", at/3600, at/60%60, at%60, (at+4)/3600, (at+4)/60%60, (at+4)%60, who[i/2%len(who)], lines[i%len(lines)])
	}
	return []byte(b.String())
}

func BenchmarkTranscript(b *testing.B) {
	t := transcript(10 << 20)
	b.SetBytes(int64(len(t)))
	b.ReportAllocs()
	for b.Loop() {
		r, err := Read("talk.vtt", t, Options{})
		if err != nil || len(r.Items) == 0 {
			b.Fatal(len(r.Items), err)
		}
	}
}
