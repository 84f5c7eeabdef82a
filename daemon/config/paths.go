package config

import (
	"errors"
	"path/filepath"
	"runtime"
)

// Paths is where the files of headsup lie.
type Paths struct {
	Config   string // the TOML file
	State    string // folder: database, journal, lock
	Socket   string // the control socket, in a folder of its own
	Database string
	Journal  string
	Tokens   string // folder: OAuth tokens
}

// Env is what the places of files depend on.
type Env struct {
	Getenv func(string) string
	Home   string
	GOOS   string
	Config string // --config; empty: the usual place
	State  string // --state; empty: the usual place
}

// SystemEnv describes this process.
func SystemEnv(getenv func(string) string, home string) Env {
	return Env{Getenv: getenv, Home: home, GOOS: runtime.GOOS}
}

// ResolvePaths is the only function that knows where files lie. Daemon and commands
// call it alike, so they cannot disagree about the socket.
//
// A second state folder has its own socket beside it; the usual one is under
// $XDG_RUNTIME_DIR where there is one, because a socket does not belong on a disk.
func ResolvePaths(e Env) (Paths, error) {
	if e.Home == "" || !filepath.IsAbs(e.Home) {
		return Paths{}, errors.New("find the home folder: HOME is not set; set it, or give --config and --state")
	}
	p := Paths{Config: e.Config, State: e.State}
	if p.Config == "" {
		p.Config = filepath.Join(e.base("XDG_CONFIG_HOME", ".config", "Library/Application Support"), "headsup", "config.toml")
	}
	own := p.State != ""
	if p.State == "" {
		p.State = e.absolute("STATE_DIRECTORY")
	}
	if p.State == "" {
		p.State = filepath.Join(e.base("XDG_STATE_HOME", ".local/state", "Library/Application Support"), "headsup")
	}
	run := e.absolute("XDG_RUNTIME_DIR")
	if own || run == "" {
		p.Socket = filepath.Join(p.State, "run", "control.sock")
	} else {
		p.Socket = filepath.Join(run, "headsup", "control.sock")
	}
	p.Database = filepath.Join(p.State, "headsup.db")
	p.Journal = filepath.Join(p.State, "journal.log")
	p.Tokens = filepath.Join(p.State, "tokens")
	return p, nil
}

// base is a folder of the XDG base directory specification, or its macOS counterpart.
func (e Env) base(variable, fallback, darwin string) string {
	if dir := e.absolute(variable); dir != "" {
		return dir
	}
	if e.GOOS == "darwin" {
		return filepath.Join(e.Home, filepath.FromSlash(darwin))
	}
	return filepath.Join(e.Home, filepath.FromSlash(fallback))
}

// absolute reads a variable; the XDG specification says to ignore relative paths.
func (e Env) absolute(variable string) string {
	if e.Getenv == nil {
		return ""
	}
	if dir := e.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Clean(dir)
	}
	return ""
}
