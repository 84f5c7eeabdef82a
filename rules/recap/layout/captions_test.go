package layout

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// fixture is the transcript that the tests of recap read too.
func fixture(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("../testdata/captions.vtt")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWebVTT(t *testing.T) {
	units, problems := ReadCaptions(strings.Split(fixture(t), "\n"), true)
	if len(problems) > 0 {
		t.Errorf("problems %v", problems)
	}
	type turn struct {
		who, at, text string
		lines         []int
	}
	var got []turn
	for _, u := range units {
		got = append(got, turn{u.Speaker, u.At, u.Text, u.nos})
	}
	want := []turn{
		{"Dana Reyes", "00:00:01", "Let's go with the blue one. Sam, could you send the numbers by Friday?", []int{10, 11}},
		{"Sam Okafor", "00:00:05", "I will send the numbers on Thursday.", []int{14}},
		{"Dana Reyes", "00:00:05", "Good. The release is blocked by the audit.", []int{15}},
		{"Kim Novak", "01:00:08", "I'll write the summary & send it.", []int{18}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
}

func TestTimes(t *testing.T) {
	for in, want := range map[string]int{"00:01:02.500": 62, "01:02": 62, "100:00:00,000": 360000, "1:2:3": 3723} {
		if got, ok := parseClock(in); !ok || got != want {
			t.Errorf("%q: %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "1", "00:61", "00:00:61", "a:b", "00:00:00.1234567", "-1:00", "::", "99999:00"} {
		if got, ok := parseClock(in); ok {
			t.Errorf("%q was read as %d", in, got)
		}
	}
}
