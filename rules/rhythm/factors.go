package rhythm

// Factors say how the timeline bends a forecast: both chances of a step are multiplied
// by the factor of the kind of time that the step lies in. No public data pairs mail
// with a calendar, so these are stated, not learned: careful numbers around 1 that move
// a choice between good moments and never outweigh a hard limit.
type Factors struct {
	Free         float64
	AfterMeeting float64 // the first half hour of free time after a meeting
	Meeting      float64
	Focus        float64
	Away         float64
	OffHours     float64 // outside the declared hours, where the rhythm does not know better
}

// Stated are the factors in force until the user's own history says otherwise.
func Stated() Factors {
	return Factors{Free: 1, AfterMeeting: 1.2, Meeting: .5, Focus: .3, Away: .1, OffHours: 1}
}
