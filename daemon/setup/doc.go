// Package setup gets headsup going on a machine: it writes the unit that keeps it
// running ([Manager]), finds the servers of a mail account ([Discover]), writes a first
// configuration ([WriteConfig]) and looks whether everything is in place ([Check]).
//
// Texts are made by pure functions and compared byte by byte in tests. The few effects
// (files, systemctl, the resolver) come in from outside, so that a test can play a
// machine that is not this one.
package setup
