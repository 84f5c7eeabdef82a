package main

import "github.com/spf13/cobra"

// calendarCommand is not there yet; the root leaves nil out.
func (a *app) calendarCommand() *cobra.Command { return nil }
