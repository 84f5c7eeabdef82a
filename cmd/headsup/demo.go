package main

import "github.com/spf13/cobra"

// demoCommand is not there yet; the root leaves nil out.
func (a *app) demoCommand() *cobra.Command { return nil }
