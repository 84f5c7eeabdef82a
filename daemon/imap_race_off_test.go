//go:build !race

package daemon_test

const racing = false
