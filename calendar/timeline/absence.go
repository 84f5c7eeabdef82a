package timeline

import (
	"time"

	"headsup/calendar"
)

// Absence is a time away that no calendar shows: an automatic reply says so.
type Absence struct {
	calendar.Span
	Source     string // "automatic reply"
	Confidence float64
	AsOf       time.Time // when it was said
	Why        string
}

// absent are the segments of the absences that touch the range.
func absent(in Input) []Segment {
	var out []Segment
	for _, a := range in.Absences {
		if !a.Empty() && a.Overlaps(in.Range) {
			out = append(out, Segment{Span: a.Span, Kind: Away, Source: a.Source, Confidence: a.Confidence, AsOf: a.AsOf, Why: a.Why})
		}
	}
	return out
}
