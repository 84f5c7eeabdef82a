package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"headsup/daemon/control"
	"headsup/rules"
)

// windowsCommand shows when managers are likely to read and answer.
func (a *app) windowsCommand() *cobra.Command {
	var q control.WindowsQuery
	var priority, svg string
	c := &cobra.Command{Use: "windows", Short: "when a manager is likely to read and answer", Args: takes(0, 0)}
	asJSON := jsonFlag(c)
	c.Flags().StringVar(&q.Manager, "manager", "", "only this manager")
	c.Flags().IntVar(&q.Days, "days", 7, "how many `days` ahead")
	c.Flags().StringVar(&priority, "priority", "", "for a message of this priority: low, normal, high, urgent")
	c.Flags().StringVar(&svg, "svg", "", "write the heat map of the week into this `file`")
	c.RunE = a.withClient(func(c *cobra.Command, _ []string, d *control.Client) error {
		if priority != "" {
			p, err := rules.ParsePriority(priority)
			if err != nil {
				return usageOf(c, err)
			}
			q.Priority = p
		}
		list, err := d.Windows(c.Context(), q)
		if err != nil {
			return err
		}
		if svg != "" {
			if err := writeSVG(svg, list); err != nil {
				return err
			}
		}
		if *asJSON {
			return printLines(a, list)
		}
		for i, w := range list {
			if i > 0 {
				fmt.Fprintln(a.stdout)
			}
			a.showWindows(w)
		}
		return nil
	})
	return c
}

func (a *app) showWindows(w control.Windows) {
	loc := zoneNamed(w.Zone)
	fmt.Fprintf(a.stdout, "%s (%s)\n", a.paint(bold, escape(w.Manager)), escape(w.Zone))
	for _, r := range w.Basis {
		fmt.Fprintf(a.stdout, "  %s\n", escape(r.Text))
	}
	if len(w.Week) > 0 {
		fmt.Fprint(a.stdout, heatMap(w.Week, a.paint))
	}
	for _, n := range w.Next {
		chance := ""
		if n.Chance >= 0 {
			chance = fmt.Sprintf(", chance %.0f %%", 100*n.Chance)
		}
		fmt.Fprintf(a.stdout, "%s-%s%s\n", a.paint(bold, showTime(n.Start, a.now(), loc)), n.End.In(loc).Format("15:04"), chance)
		for _, r := range n.Reasons {
			fmt.Fprintf(a.stdout, "  - %s\n", escape(r.Text))
		}
	}
	if len(w.Next) == 0 {
		fmt.Fprintln(a.stdout, "no window in that time")
	}
}

// zoneNamed is the zone that the service named, UTC if it is not known here.
func zoneNamed(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

// The week in quarter hours, Monday first, as the service gives it.
const (
	quarters   = 96
	weekPoints = 7 * quarters
)

// shades are the steps of the heat map from none to the best hour of the week.
var shades = []rune(" ·░▒▓█")

// heatMap draws the week in half hours, relative to its best one, and says what the
// darkest means.
func heatMap(week []float64, paint func(paint, string) string) string {
	if len(week) != weekPoints {
		return ""
	}
	best := 0.0
	for _, p := range week {
		best = max(best, p)
	}
	var b strings.Builder
	b.WriteString("     ")
	for h := 0; h < 24; h += 3 {
		fmt.Fprintf(&b, "%-6d", h)
	}
	b.WriteByte('\n')
	for d := range 7 {
		fmt.Fprintf(&b, "%s  ", time.Weekday((d + 1) % 7).String()[:3])
		for q := 0; q < quarters; q += 2 {
			p := (week[d*quarters+q] + week[d*quarters+q+1]) / 2
			i := 0
			if best > 0 {
				i = min(int(p/best*float64(len(shades))), len(shades)-1)
			}
			b.WriteString(paint(green, string(shades[i])))
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "     %c is a chance of up to %.0f %% to be at the mail within half an hour\n", shades[len(shades)-1], 100*best)
	return b.String()
}

// writeSVG writes the heat maps of all managers into one file, whole or not at all.
func writeSVG(file string, list []control.Windows) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".headsup-*.svg")
	if err != nil {
		return fmt.Errorf("write the heat map to %s: %w", file, err)
	}
	defer os.Remove(tmp.Name())
	if err := drawSVG(tmp, list); err != nil {
		tmp.Close()
		return fmt.Errorf("write the heat map to %s: %w", file, err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("write the heat map to %s: %w", file, err)
	}
	if err := os.Rename(tmp.Name(), file); err != nil {
		return fmt.Errorf("write the heat map to %s: %w", file, err)
	}
	return nil
}

// The measures of a heat map in pixels.
const (
	svgLeft  = 48
	svgTop   = 44
	svgCell  = 7
	svgRow   = 18
	svgGap   = 24
	svgWidth = svgLeft + quarters*svgCell + 16
)

// drawSVG draws one heat map below the other.
func drawSVG(out io.Writer, list []control.Windows) error {
	height := 0
	for range list {
		height += svgTop + 7*svgRow + svgGap
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", svgWidth, height, svgWidth, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", svgWidth, height)
	top := 0
	for _, w := range list {
		drawWeek(&b, w, top)
		top += svgTop + 7*svgRow + svgGap
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(out, b.String())
	return err
}

func drawWeek(b *strings.Builder, w control.Windows, top int) {
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", svgLeft, top+16, svgText(w.Manager+" ("+w.Zone+")"))
	for h := 0; h < 24; h += 3 {
		fmt.Fprintf(b, `<text x="%d" y="%d" fill="#666">%d</text>`+"\n", svgLeft+h*4*svgCell, top+36, h)
	}
	best := 0.0
	for _, p := range w.Week {
		best = max(best, p)
	}
	for d := range 7 {
		y := top + svgTop + d*svgRow
		fmt.Fprintf(b, `<text x="8" y="%d">%s</text>`+"\n", y+13, time.Weekday((d + 1) % 7).String()[:3])
		if len(w.Week) != weekPoints || best == 0 {
			continue
		}
		for q := range quarters {
			p := w.Week[d*quarters+q]
			fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="#1a7f37" fill-opacity="%.2f"><title>%02d:%02d %.0f %%</title></rect>`+"\n",
				svgLeft+q*svgCell, y, svgCell-1, svgRow-3, 0.04+0.96*p/best, q/4, q%4*15, 100*p)
		}
	}
}

// svgText makes a text safe inside an element.
func svgText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(escape(s))
}
