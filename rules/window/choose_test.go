package window

import (
	"testing"
)

func TestNowInOfficeHours(t *testing.T) {
	now := tue(t, "09:10", 0)
	d := Choose(one(now, dana(t, now, nil), Message{}))[0]
	if d.Choice == nil || !d.Choice.At.Equal(now) || d.Choice.Reasons[0].Code != "now" {
		t.Fatalf("nothing known, free, office hours: %+v", d)
	}
}
