package main

import "github.com/spf13/cobra"

// backtestCommand is not there yet; the root leaves nil out.
func (a *app) backtestCommand() *cobra.Command { return nil }
