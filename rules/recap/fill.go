package recap

import (
	"fmt"
	"strings"

	"headsup/rules"
)

// fill puts what the front matter says into the recap.
func (f front) fill(r *Recap, g dueGrammar) {
	say := func(key, text string) { r.Problems = append(r.Problems, Problem{f.lines[key], text}) }
	if t := f.one("title"); t != "" {
		r.Title = t
	}
	r.To = commaList(f.values["to"])
	if v := f.one("kind"); v != "" {
		k, err := rules.ParseKind(v)
		if err != nil {
			say("kind", "front matter: "+err.Error())
		}
		r.Kind = k
	}
	if v := f.one("priority"); v != "" {
		p, err := rules.ParsePriority(v)
		if err != nil {
			say("priority", "front matter: "+err.Error())
		}
		r.Priority = p
	}
	if r.By = f.one("by"); r.By != "" {
		text := "by " + r.By
		d, ok := g.find(text, tokenize(text))
		if !ok || !d.day.ok() {
			say("by", fmt.Sprintf("front matter: by %q is no day that can be read; write 2026-03-04, Friday or tomorrow", short(r.By)))
		}
		r.ByDate = d.day.String()
		if d.ask != "" {
			say("by", "front matter: by: "+d.ask)
		}
	}
	for _, v := range r.To {
		if strings.Contains(v, "@") {
			say("to", fmt.Sprintf("front matter: to %q is an address; write the key of a manager from the configuration", short(v)))
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
