package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"headsup/mail"
	"headsup/rules"
)

// Fault is one thing that is wrong with one rule.
type Fault struct {
	Rule   int    // position, from 0
	Name   string // of the rule, "" if it has none
	Key    string // "when", "priority", …
	Column int    // in the value, from 1; 0: the whole of it
	Text   string // what is wrong and what is allowed
}

func (f Fault) Error() string {
	where := fmt.Sprintf("rules[%d]", f.Rule)
	if f.Name != "" {
		where += fmt.Sprintf(" %q", f.Name)
	}
	where += " " + f.Key
	if f.Column > 0 {
		where += fmt.Sprintf(", column %d", f.Column)
	}
	return where + ": " + f.Text
}

// Compile reads all rules and reports all faults. With faults there is no policy.
func Compile(list []Rule) (*Policy, []Fault) {
	p := &Policy{}
	var faults []Fault
	names := map[string]int{}
	for i, r := range list {
		c, bad := compileOne(r)
		if first, twice := names[r.Name]; twice && r.Name != "" {
			bad = append(bad, Fault{Key: "name", Text: fmt.Sprintf("rules[%d] has the same name: give each rule its own", first)})
		} else {
			names[r.Name] = i
		}
		for _, f := range bad {
			f.Rule, f.Name = i, r.Name
			faults = append(faults, f)
		}
		p.rules = append(p.rules, c)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", list))
	p.version = hex.EncodeToString(sum[:6])
	return p, nil
}

func compileOne(r Rule) (compiled, []Fault) {
	c := compiled{name: r.Name, style: r.Style}
	var faults []Fault
	bad := func(key string, err error) {
		if err != nil {
			faults = append(faults, Fault{Key: key, Text: err.Error()})
		}
	}
	if r.Name == "" {
		bad("name", errors.New("is missing: reasons name the rule that decided"))
	}
	if strings.TrimSpace(r.When) != "" {
		program, fault := compileWhen(r.When)
		if fault != nil {
			faults = append(faults, *fault)
		}
		c.when = program
	}
	var err error
	if r.Priority != "" {
		c.priority, err = rules.ParsePriority(r.Priority)
		bad("priority", err)
	}
	if c.approval = Approval(r.Approval); c.approval != "" && c.approval != Ask && c.approval != Auto {
		bad("approval", fmt.Errorf("%q is not known: want ask or auto", r.Approval))
	}
	for _, s := range r.Cc {
		a, err := mail.ParseAddress(s)
		bad("cc", err)
		c.cc = append(c.cc, a)
	}
	c.notBefore, err = ParseWhen(r.NotBefore)
	bad("not_before", err)
	c.by, err = ParseWhen(r.By)
	bad("by", err)
	if r.Priority+r.Approval+r.NotBefore+r.By+r.Style == "" && len(r.Cc) == 0 {
		bad("when", errors.New("decides nothing: set priority, approval, cc, not_before, by or style"))
	}
	return c, faults
}

// Limits of a condition: what it may call, and how large it may be. With these its run
// time is bounded by the length of the message.
const maxNodes = 400

func allowed() []string {
	return []string{"len", "lower", "upper", "trim", "any", "all", "none", "one", "count", "duration", "abs", "max", "min"}
}

func compileWhen(src string) (*vm.Program, *Fault) {
	options := []expr.Option{expr.Env(seen{}), expr.AsBool(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins()}
	for _, name := range allowed() {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(src, options...)
	if err != nil {
		return nil, faultOf(err)
	}
	node := program.Node()
	lim := &limits{}
	ast.Walk(&node, lim)
	if lim.fault != nil {
		return nil, lim.fault
	}
	return program, nil
}

// limits refuses what would make a condition slow.
type limits struct{ fault *Fault }

// Visit is called for every node, inner ones first.
func (l *limits) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		if n.Operator == ".." {
			l.refuse(n, "ranges are not available in a rule")
		}
	case *ast.BuiltinNode:
		inner := &loops{}
		for i := range n.Arguments {
			ast.Walk(&n.Arguments[i], inner)
		}
		if inner.n > 0 && isLoop(n) {
			l.refuse(n, "a loop inside a loop is not available in a rule")
		}
	}
}

func (l *limits) refuse(n ast.Node, text string) {
	if l.fault == nil {
		l.fault = &Fault{Key: "when", Column: n.Location().From + 1, Text: text}
	}
}

// loops counts loops.
type loops struct{ n int }

// Visit is called for every node.
func (l *loops) Visit(node *ast.Node) {
	if b, ok := (*node).(*ast.BuiltinNode); ok && isLoop(b) {
		l.n++
	}
}

func isLoop(n *ast.BuiltinNode) bool {
	switch n.Name {
	case "any", "all", "none", "one", "count":
		return true
	}
	return false
}

// faultOf turns an error of the expression language into a fault with its column.
func faultOf(err error) *Fault {
	f := &Fault{Key: "when", Text: err.Error()}
	var at *file.Error
	if errors.As(err, &at) {
		f.Column, f.Text = at.Column+1, at.Message
	}
	f.Text = strings.SplitN(f.Text, "\n", 2)[0]
	if strings.HasPrefix(f.Text, "unknown name") {
		f.Text += ": want kind, manager, priority, subject, text, has_risk, due_in, recipients, or hour, day, week"
	}
	return f
}

// columnOf says where a condition failed and nothing of what it saw.
func columnOf(err error) string {
	var at *file.Error
	if errors.As(err, &at) {
		return fmt.Sprintf(" (column %d)", at.Column+1)
	}
	return " "
}
