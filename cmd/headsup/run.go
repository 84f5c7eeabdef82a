package main

import "github.com/spf13/cobra"

// runCommand is not there yet; the root leaves nil out.
func (a *app) runCommand() *cobra.Command { return nil }
