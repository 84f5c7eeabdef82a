package main

import (
	"fmt"
	"path/filepath"

	"headsup/daemon/config"
)

// app is one run of the command: the world and the flags that every command has.
type app struct {
	world
	configFile string // --config
	stateDir   string // --state
}

// paths says where the files of headsup lie.
func (a *app) paths() (config.Paths, error) {
	e := config.SystemEnv(a.getenv, a.getenv("HOME"))
	var err error
	for _, f := range []struct {
		flag string
		to   *string
	}{{a.configFile, &e.Config}, {a.stateDir, &e.State}} {
		if f.flag == "" {
			continue
		}
		if *f.to, err = filepath.Abs(f.flag); err != nil {
			return config.Paths{}, fmt.Errorf("find %s: %w", f.flag, err)
		}
	}
	return config.ResolvePaths(e)
}

// load reads the configuration. The error is ready to be shown.
func (a *app) load() (config.Config, config.Paths, error) {
	p, err := a.paths()
	if err != nil {
		return config.Config{}, p, err
	}
	c, err := config.Load(config.Options{
		File: p.Config,
		Home: a.getenv("HOME"),
		Zone: config.SystemZone(a.getenv),
	})
	if err != nil {
		return config.Config{}, p, configError(err)
	}
	return c, p, nil
}
