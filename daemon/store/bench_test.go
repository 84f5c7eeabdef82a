package store

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"headsup/daemon/ledger"
	"headsup/rules"
)

// BenchmarkGate measures what the gate costs: one synced commit of the database and one
// synced line of the journal.
func BenchmarkGate(b *testing.B) {
	ctx := context.Background()
	s, err := Open(ctx, Options{Dir: filepath.Join(b.TempDir(), "state")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		g := ready(b, s, i)
		b.StartTimer()
		begun := time.Now()
		if err := s.Gate(ctx, t0, g); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// ready makes a message that stands before its gate.
func ready(b *testing.B, s *Store, i int) ledger.Gate {
	b.Helper()
	ctx := context.Background()
	m, raw := draft(b, i+1)
	m, err := s.Create(ctx, t0, m, raw)
	for _, step := range []func() ledger.Step{
		func() ledger.Step {
			return ledger.Approve(ledger.Approval{Content: m.Content, By: ledger.ByCommand, At: t0}, "user")
		},
		func() ledger.Step {
			return ledger.Schedule(rules.Choice{At: t0, Until: t0.Add(time.Hour)}, "day", "free")
		},
		func() ledger.Step { return ledger.Claim([]byte("wire\r\n"), m.Recipients, t0) },
	} {
		if err == nil {
			m, err = s.Apply(ctx, t0, m.ID, step())
		}
	}
	if err != nil {
		b.Fatal(err)
	}
	return ledger.Gate{Message: m.ID, Attempt: m.Attempt, WireHash: m.WireHash, RcptHash: m.RcptHash, Wall: t0}
}
