//go:build race

package daemon_test

// racing says that the race detector is on: long tables are cut to one row of each kind.
const racing = true
