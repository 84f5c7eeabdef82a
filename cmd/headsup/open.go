package main

import (
	"context"
	"errors"
	"log/slog"

	"headsup/daemon/config"
)

// open builds the service.
func (a *app) open(_ context.Context, _ config.Config, _ config.Paths, _ *slog.Logger) (service, error) {
	return nil, errors.New("the service is not part of this build yet")
}
