package main

import "github.com/spf13/cobra"

// timelineCommand is not there yet; the root leaves nil out.
func (a *app) timelineCommand() *cobra.Command { return nil }
