package rhythm

// Neutral is the shipped prior: nine to five with soft edges, and equations that hold for
// an office and for a public list alike.
func Neutral() Prior {
	p := Prior{
		Name:       "neutral-2",
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
			-0.697, -0.278, -0.134, 0.189, 0.569,
			-0.931, -0.798, -0.688, -0.489, -0.155,
			-1.195, -1.123, -1.069, -0.945, -0.746,
			-2.671, -2.578, -2.602, -2.519, -2.115,
			-2.885, -2.881, -2.943, -2.907, -2.568,
			-3.599,
		},
		Slope: [Moods]Slopes{
			{0.486, -0.297, -0.078, 0.483},
			{1.073, -0.717, 0.136, 0.036},
			{1.233, -0.333, 0.264, -0.177},
		},
	}
	visible = Equations{
		Const: [Classes]float64{
			-1.809, -1.320, -1.059, -0.777, -0.488,
			-2.371, -1.948, -1.815, -1.599, -1.343,
			-2.750, -2.456, -2.526, -1.994, -2.129,
			-4.704, -4.289, -4.306, -4.443, -4.015,
			-5.045, -4.791, -4.963, -5.074, -4.619,
			-6.720,
		},
		Slope: [Moods]Slopes{
			{0.260, -0.357, -0.065, 0.741},
			{0.812, -0.822, 0.277, 0.155},
			{1.048, -0.269, 0.777, 0.243},
		},
	}
)
