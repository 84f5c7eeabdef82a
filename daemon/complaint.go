package daemon

import (
	"regexp"
	"time"
)

// complaint is what the log was told of one service that fails: a server that is away for
// a night is one fault, not a line for every time that somebody looks for it.
type complaint struct {
	text  string // of the fault that holds, "" if there is none
	times int    // that it came
	told  time.Time
}

// tellAgain is how often the log hears of a fault that stays the same.
const tellAgain = time.Hour

// passing is what differs from one time to the next while the fault is the same: how long
// until the next try, ports, counts.
var passing = regexp.MustCompile(`next try in [0-9a-zµ.]+: |[0-9]+`)

// fails counts a fault and reports whether the log is to hear of it: of a new one at once, of
// an old one every hour.
func (c *complaint) fails(now time.Time, err error) bool {
	if text := passing.ReplaceAllString(err.Error(), ""); text != c.text {
		*c = complaint{text: text}
	}
	c.times++
	if age := now.Sub(c.told); c.times > 1 && age >= 0 && age < tellAgain {
		return false
	}
	c.told = now
	return true
}

// over forgets the fault and reports whether there was one.
func (c *complaint) over() bool {
	was := c.text != ""
	*c = complaint{}
	return was
}
