package main

import "github.com/spf13/cobra"

// recapCommand is not there yet; the root leaves nil out.
func (a *app) recapCommand() *cobra.Command { return nil }
