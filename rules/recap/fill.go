package recap

import (
	"fmt"
	"strings"

	"headsup/rules"
	"headsup/rules/recap/layout"
	"headsup/rules/recap/prose"
	"headsup/rules/recap/when"
)

// fill puts what the front matter says into the recap.
func (r *Recap) fill(f layout.Front, g when.Grammar) {
	say := func(key, text string) { r.Problems = append(r.Problems, Problem{Line: f.Lines[key], Text: text}) }
	if t := f.One("title"); t != "" {
		r.Title = t
	}
	r.To = commaList(f.Values["to"])
	if v := f.One("kind"); v != "" {
		k, err := rules.ParseKind(v)
		if err != nil {
			say("kind", "front matter: "+err.Error())
		}
		r.Kind = k
	}
	if v := f.One("priority"); v != "" {
		p, err := rules.ParsePriority(v)
		if err != nil {
			say("priority", "front matter: "+err.Error())
		}
		r.Priority = p
	}
	if r.By = f.One("by"); r.By != "" {
		text := "by " + r.By
		d, ok := g.Find(text, prose.Tokenize(text))
		if !ok || !d.Day.OK() {
			say("by", fmt.Sprintf("front matter: by %q is no day that can be read; write 2026-03-04, Friday or tomorrow", layout.Short(r.By)))
		}
		r.ByDate = d.Day.String()
		if d.Ask != "" {
			say("by", "front matter: by: "+d.Ask)
		}
	}
	for _, v := range r.To {
		if strings.Contains(v, "@") {
			say("to", fmt.Sprintf("front matter: to %q is an address; write the key of a manager from the configuration", layout.Short(v)))
		}
	}
	r.To = keysOnly(r.To)
}

func commaList(vs []string) []string {
	var out []string
	for _, v := range vs {
		for _, p := range strings.Split(v, ",") {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

// keysOnly drops addresses: a note never says where a mail goes.
func keysOnly(vs []string) []string {
	var out []string
	for _, v := range vs {
		if !strings.Contains(v, "@") {
			out = append(out, v)
		}
	}
	return out
}
