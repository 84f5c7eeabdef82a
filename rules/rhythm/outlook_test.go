package rhythm

import (
	"testing"
	"time"
)

// The outlook must be the forecast of somebody who is not seen, step for step, over a
// change of the clock too.
func TestOutlookIsTheQuietForecast(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	r := New(Neutral(), loc)
	now := time.Date(2026, 3, 27, 16, 43, 0, 0, loc)
	for i := range 60 {
		r.Observe(Seen{At: now.Add(-time.Duration(i) * 17 * time.Hour), Offset: 60})
	}
	f := r.Forecast(now, 4*24*time.Hour)
	for k, p := range r.Outlook(now, f.Steps) {
		if d := p - f.Chance(k, Quiet); d > 1e-12 || d < -1e-12 {
			t.Fatalf("step %d: %v, the forecast says %v", k, p, f.Chance(k, Quiet))
		}
	}
}
