package layout

import (
	"strings"
	"testing"
)

// seeds are small files of every form.
var seeds = []string{
	"WEBVTT\n\n00:00:01.000 --> 00:00:04.000 align:start\n<v Dana Reyes>Let's go. Sam, could you send\nthe <c.loud>numbers</c>?</v>\n\n1:00:08.000 --> 1:00:09.000\nKim Novak: I'll write &amp; send it.\n",
	"---\ntitle: Call\nto: [dana, kim]\n---\n\n# Notes\n\n- a\n  - b\n\n| a | b |\n|---|---|\n",
	"+++\ntitle = \"Call\"\n+++\n## Private\n%% x %%\n",
	"1\n00:00:01,000 --> 00:00:04,000\n[Dana] We agreed\n",
	"Subject: x\nContent-Transfer-Encoding: base64\n\nQUNUSU9OOiBTYW0gdG8g\n",
	"From: a\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nx =E9\n-- \ny\n",
	"15:00 <dana> #action sam to pay\n* x  (dana, 15:04:00)\n",
}

// FuzzFront: the front matter never costs the text its lines.
func FuzzFront(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, note string) {
		lines := strings.Split(note, "\n")
		fm, _ := ReadFront(lines)
		if fm.End > len(lines) {
			t.Errorf("%d lines of %d", fm.End, len(lines))
		}
		for k, v := range fm.Values {
			if len(v) > maxFrontList {
				t.Errorf("%q holds %d values", k, len(v))
			}
		}
	})
}

// FuzzCaptions: every part of a turn knows a line of the file.
func FuzzCaptions(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, isVTT bool) {
		lines := strings.Split(text, "\n")
		units, _ := ReadCaptions(lines, isVTT)
		for _, u := range units {
			if len(u.nos) != len(u.Parts) {
				t.Fatalf("%d lines for %d parts", len(u.nos), len(u.Parts))
			}
			for _, no := range u.nos {
				if no < 1 || no > len(lines) {
					t.Errorf("line %d of %d", no, len(lines))
				}
			}
		}
	})
}

// FuzzLetter: a mail gives an error or lines, never both.
func FuzzLetter(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ReadLetter(text)
		if err != nil && l.Lines != nil {
			t.Error("an error came with lines")
		}
	})
}

// FuzzBlocks: a unit lies within the note, and stands below units that come before it.
func FuzzBlocks(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, note string) {
		lines := strings.Split(note, "\n")
		units := ReadBlocks(lines)
		SetTopics(units)
		for i, u := range units {
			if u.First < 1 || u.Last > len(lines) || u.Parent >= i || u.Head >= i {
				t.Errorf("unit %d of %d lines: %+v", i, len(lines), u)
			}
			for k := range u.Text {
				if n := u.LineAt(k); n < u.First || n > u.Last {
					t.Errorf("byte %d of lines %d to %d stands on line %d", k, u.First, u.Last, n)
				}
			}
		}
	})
}
