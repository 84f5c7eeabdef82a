package main

import "github.com/spf13/cobra"

// windowsCommand is not there yet; the root leaves nil out.
func (a *app) windowsCommand() *cobra.Command { return nil }
