// Package holidays knows the public holidays of countries and their regions. The days
// come from a library; this package gives them names that stand in a configuration and
// cuts them into civil days of a zone.
package holidays

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headsup/calendar"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/at"
	"github.com/rickar/cal/v2/au"
	"github.com/rickar/cal/v2/be"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/ch"
	"github.com/rickar/cal/v2/cz"
	"github.com/rickar/cal/v2/de"
	"github.com/rickar/cal/v2/dk"
	"github.com/rickar/cal/v2/es"
	"github.com/rickar/cal/v2/fr"
	"github.com/rickar/cal/v2/gb"
	"github.com/rickar/cal/v2/ie"
	"github.com/rickar/cal/v2/it"
	"github.com/rickar/cal/v2/jp"
	"github.com/rickar/cal/v2/nl"
	"github.com/rickar/cal/v2/no"
	"github.com/rickar/cal/v2/nz"
	"github.com/rickar/cal/v2/pl"
	"github.com/rickar/cal/v2/se"
	"github.com/rickar/cal/v2/us"
)

// Day is one public holiday.
type Day struct {
	calendar.Span
	Name string
}

// table maps the code of a country (ISO 3166-1) or of one of its parts (ISO 3166-2, in
// lower case) to its holidays.
var table = map[string][]*cal.Holiday{
	"us":     us.Holidays,
	"gb":     gb.Holidays,
	"de":     de.Holidays,
	"at":     at.Holidays,
	"ch":     ch.Holidays,
	"fr":     fr.Holidays,
	"nl":     nl.Holidays,
	"be":     be.Holidays,
	"es":     es.Holidays,
	"it":     it.Holidays,
	"pl":     pl.Holidays,
	"se":     se.Holidays,
	"dk":     dk.Holidays,
	"no":     no.Holidays,
	"ie":     ie.Holidays,
	"nz":     nz.Holidays,
	"jp":     jp.Holidays,
	"ca":     ca.Holidays,
	"cz":     cz.Holidays,
	"de-bw":  de.HolidaysBW,
	"de-by":  de.HolidaysBY,
	"de-be":  de.HolidaysBE,
	"de-bb":  de.HolidaysBB,
	"de-hb":  de.HolidaysHB,
	"de-hh":  de.HolidaysHH,
	"de-he":  de.HolidaysHE,
	"de-mv":  de.HolidaysMV,
	"de-ni":  de.HolidaysNI,
	"de-nw":  de.HolidaysNW,
	"de-rp":  de.HolidaysRP,
	"de-sl":  de.HolidaysSL,
	"de-sn":  de.HolidaysSN,
	"de-st":  de.HolidaysST,
	"de-sh":  de.HolidaysSH,
	"de-th":  de.HolidaysTH,
	"ch-zh":  ch.HolidaysZH,
	"ch-be":  ch.HolidaysBE,
	"ch-lu":  ch.HolidaysLU,
	"ch-ur":  ch.HolidaysUR,
	"ch-sz":  ch.HolidaysSZ,
	"ch-ow":  ch.HolidaysOW,
	"ch-nw":  ch.HolidaysNW,
	"ch-gl":  ch.HolidaysGL,
	"ch-zg":  ch.HolidaysZG,
	"ch-fr":  ch.HolidaysFR,
	"ch-so":  ch.HolidaysSO,
	"ch-bs":  ch.HolidaysBS,
	"ch-bl":  ch.HolidaysBL,
	"ch-sh":  ch.HolidaysSH,
	"ch-ar":  ch.HolidaysAR,
	"ch-ai":  ch.HolidaysAI,
	"ch-sg":  ch.HolidaysSG,
	"ch-gr":  ch.HolidaysGR,
	"ch-ag":  ch.HolidaysAG,
	"ch-tg":  ch.HolidaysTG,
	"ch-vd":  ch.HolidaysVD,
	"ch-ti":  ch.HolidaysTI,
	"ch-vs":  ch.HolidaysVS,
	"ch-ne":  ch.HolidaysNE,
	"ch-ge":  ch.HolidaysGE,
	"ch-ju":  ch.HolidaysJU,
	"au-act": au.HolidaysACT,
	"au-nsw": au.HolidaysNSW,
	"au-nt":  au.HolidaysNT,
	"au-qld": au.HolidaysQLD,
	"au-sa":  au.HolidaysSA,
	"au-tas": au.HolidaysTAS,
	"au-vic": au.HolidaysVIC,
	"au-wa":  au.HolidaysWA,
}

// Regions lists the names that [Days] knows, sorted.
func Regions() []string {
	out := make([]string, 0, len(table))
	for r := range table {
		out = append(out, r)
	}
	slices.Sort(out)
	return out
}

// Days lists the holidays of a region that overlap a span, oldest first. Both the day
// itself and the day on which it is observed count.
func Days(region string, within calendar.Span, loc *time.Location) ([]Day, error) {
	list, ok := table[strings.ToLower(region)]
	if !ok {
		return nil, fmt.Errorf("unknown region %q: want one of %s", region, strings.Join(Regions(), ", "))
	}
	var out []Day
	for year := within.Start.In(loc).Year(); year <= within.End.In(loc).Year(); year++ {
		for _, h := range list {
			actual, observed := h.Calc(year)
			for i, day := range []time.Time{actual, observed} {
				if day.IsZero() || i == 1 && sameDay(actual, observed) {
					continue
				}
				if d := dayOf(day, h.Name, loc); d.Overlaps(within) {
					out = append(out, d)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b Day) int { return a.Start.Compare(b.Start) })
	return out, nil
}

func dayOf(t time.Time, name string, loc *time.Location) Day {
	y, m, d := t.Date()
	start, _ := calendar.Resolve(calendar.Civil{Year: y, Month: m, Day: d}, loc)
	next := time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
	end, _ := calendar.Resolve(calendar.Civil{Year: next.Year(), Month: next.Month(), Day: next.Day()}, loc)
	return Day{Span: calendar.Span{Start: start, End: end}, Name: name}
}

func sameDay(a, b time.Time) bool {
	y1, m1, d1 := a.Date()
	y2, m2, d2 := b.Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}
