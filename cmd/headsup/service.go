package main

import "github.com/spf13/cobra"

// serviceCommand is not there yet; the root leaves nil out.
func (a *app) serviceCommand() *cobra.Command { return nil }
