package config

import (
	"testing"
	"time"
	_ "time/tzdata"
)

const minimal = `
[user]
name = "Sam Okafor"
address = "sam@example.com"

[[manager]]
name = "Dana Reyes"
addresses = ["dana@example.com"]
`

func options() Options {
	return Options{File: "/home/sam/.config/headsup/config.toml", Home: "/home/sam", Zone: time.UTC}
}

func TestMinimal(t *testing.T) {
	c, faults := Parse([]byte(minimal), options())
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if c.Managers[0].Key != "dana-reyes" || c.Managers[0].Zone != time.UTC || c.Mailbox.Path != "/home/sam/Maildir" {
		t.Errorf("got %+v", c)
	}
	if m, ok := c.ManagerByAddress(c.Managers[0].Addresses[0]); !ok || m.Name != "Dana Reyes" {
		t.Errorf("manager not found by address: %+v", m)
	}
}
