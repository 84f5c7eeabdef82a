package main

import (
	"errors"
	"io"
)

func score(io.Writer, int) error { return errors.New("not yet") }
