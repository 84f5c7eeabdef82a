//go:build !race

package ics

const raceDetector = false
