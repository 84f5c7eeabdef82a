package rhythm

// Neutral is the shipped prior: nine to five with soft edges, and equations that hold for
// an office and for a public list alike.
func Neutral() Prior {
	p := Prior{
		Name:       "neutral-3",
		PoolWeight: 20,
		SlotWeight: 400,
		Active:     active,
		Visible:    visible,
	}
	return p.WithHours(workHours, restHours)
}

// Hours of the day relative to each other, in local time.
var (
	workHours = [24]float64{.08, .06, .05, .05, .06, .1, .3, 1, 2.3, 3.2, 3.5, 3.4, 3.1, 3.2,
		3.2, 3.1, 2.7, 1.8, 1, .6, .4, .3, .2, .12}
	restHours = [24]float64{.04, .03, .03, .03, .03, .04, .06, .1, .2, .3, .35, .35, .3, .3,
		.3, .3, .3, .28, .25, .22, .2, .16, .1, .06}
)

// The equations. A row of constants is a span of age (0-5, 5-10, 10-20, 20-45, 45-60
// minutes), a column the events of the spell (1 to 5 and more); the last is quiet. A row
// of slopes is a mood: engaged, recent, quiet.
var (
	active = Equations{
		Const: [Classes]float64{
			-0.697, -0.277, -0.134, 0.190, 0.569,
			-0.931, -0.797, -0.688, -0.488, -0.154,
			-1.195, -1.122, -1.069, -0.944, -0.746,
			-2.670, -2.577, -2.601, -2.519, -2.115,
			-2.885, -2.880, -2.943, -2.907, -2.568,
			-3.607,
		},
		Slope: [Moods]Slopes{
			{0.485, -0.293, -0.078, 0.483},
			{1.075, -0.727, 0.136, 0.036},
			{1.252, -0.369, 0.264, -0.178},
		},
	}
	visible = Equations{
		Const: [Classes]float64{
			-1.810, -1.321, -1.061, -0.778, -0.489,
			-2.372, -1.950, -1.816, -1.600, -1.343,
			-2.751, -2.457, -2.528, -1.995, -2.130,
			-4.699, -4.284, -4.301, -4.439, -4.011,
			-5.042, -4.787, -4.959, -5.070, -4.616,
			-6.720,
		},
		Slope: [Moods]Slopes{
			{0.257, -0.341, -0.065, 0.741},
			{0.815, -0.849, 0.278, 0.154},
			{1.048, -0.270, 0.777, 0.243},
		},
	}
)
