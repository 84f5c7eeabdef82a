package ics

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

// crowd is a calendar of up to n pieces and 9 MB.
func crowd(n int, piece func(i int) string) func() io.Reader {
	return func() io.Reader {
		var b strings.Builder
		b.WriteString("BEGIN:VCALENDAR\n")
		for i := 0; i < n && b.Len() < 9<<20; i++ {
			b.WriteString(piece(i))
		}
		b.WriteString("END:VCALENDAR\n")
		return inMemory{text: b.String()}
	}
}

func vevent(lines string) string { return "BEGIN:VEVENT\n" + lines + "END:VEVENT\n" }

// zoned is an event in a zone that the file itself defines.
func zoned(i int, rule string) string {
	return fmt.Sprintf("BEGIN:VTIMEZONE\nTZID:Own %d\nBEGIN:STANDARD\nDTSTART:19000101T000000\nRRULE:%s\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n", i, rule) +
		vevent(fmt.Sprintf("DTSTART;TZID=Own %d:20260101T000000\nRRULE:FREQ=DAILY;COUNT=2\n", i))
}

func onward(i int) string {
	at := time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC).Format("20060102T150405Z")
	return vevent("UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:" + at + "\nDTSTART:20260101T000000Z\n")
}

// TestCrowds is many events that each stay within their own bounds. No single one is a
// bomb; together they are one, and are held to the bounds of one: the limits count
// over the whole file. In verdict stands what becomes of them, where that matters.
func TestCrowds(t *testing.T) {
	same := func(n int, s string) func() io.Reader { return crowd(n, func(int) string { return s }) }
	hourly := vevent("DTSTART:19700101T000000Z\nRRULE:FREQ=SECONDLY;BYSECOND=59;BYMINUTE=59\n")
	fruitless := vevent("DTSTART:19700101T000000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY;INTERVAL=2;BYSECOND=1\n")
	dates := strings.Repeat(",20260102", 6000)
	busy := "FREEBUSY:20260101T000000Z/PT1M"
	for _, c := range []struct {
		name, verdict string
		open          func() io.Reader
	}{
		{"1000 hourly", "more than 58000 instances", same(1000, hourly)},
		{"5 hourly, just within", "43800 instances, 0 faults", same(5, hourly)},
		{"1000 fruitless", "too much work", same(1000, fruitless)},
		{"9 fruitless, just within", "3285 instances, 9 faults", same(9, fruitless)},
		{"20000 daily", "more than 210000 instances", crowd(20_000, func(i int) string {
			return vevent(fmt.Sprintf("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY;COUNT=%d\n", 400+i))
		})},
		{"20000 single", "20000 instances, 0 faults", same(20_000, vevent("DTSTART:20260101T000000Z\n"))},
		{"20000 overrides", "20000 instances", crowd(20_000, onward)},
		{"10000 masters, 10000 overrides", "too much work", crowd(20_000, func(i int) string {
			if i%2 == 0 {
				return vevent("UID:a\nDTSTART:20260101T000000Z\nRRULE:FREQ=HOURLY\n")
			}
			return onward(i)
		})},
		{"9 MB of UID", "more than 600000 lines", same(80, vevent("DTSTART:20260101T000000Z\n"+strings.Repeat("UID:\n", 24_000)))},
		{"4 MB of UID", "more than 250000 properties", same(20, vevent("DTSTART:20260101T000000Z\n"+strings.Repeat("UID:a\n", 24_000)))},
		{"attendees", "more than 100000 attendees", same(100, vevent("DTSTART:20260101T000000Z\n"+strings.Repeat("ATTENDEE:a\n", 1990)))},
		{"RDATE", "more than 60000 RDATE and EXDATE values", same(30, vevent("DTSTART:20260101T000000Z\nRDATE:20260101"+dates+"\nEXDATE:20260101"+dates+"\n"))},
		{"busy periods", "refused", same(30, "BEGIN:VFREEBUSY\n"+strings.Repeat(busy+"\n", 19_000)+"END:VFREEBUSY\n")},
		{"lists of busy periods", "more than 60000 RDATE and EXDATE values and busy periods", same(30, "BEGIN:VFREEBUSY\n"+strings.Repeat(busy+strings.Repeat(",20260101T000000Z/PT1M", 2500)+"\n", 7)+"END:VFREEBUSY\n")},
		{"categories", "instances, 0 faults", same(30, vevent("DTSTART:20260101T000000Z\n"+strings.Repeat("CATEGORIES:a"+strings.Repeat(",a", 30_000)+"\n", 7)))},
		{"short lines", "more than 600000 lines", same(1, vevent(strings.Repeat("A\n", 4_000_000)))},
		{"blank lines", "more than 600000 lines", same(1, vevent(strings.Repeat("\n", 9_000_000)))},
		{"1000 zones without a change", "", crowd(1000, func(i int) string { return zoned(i, "FREQ=SECONDLY;INTERVAL=2;BYSECOND=1") })},
		{"1000 zones without rest", "", crowd(1000, func(i int) string { return zoned(i, "FREQ=DAILY;COUNT=3900") })},
		{"20000 unknown zones", "20000 instances, 100 faults", crowd(20_000, func(i int) string { return vevent(fmt.Sprintf("DTSTART;TZID=None/%d:20260101T000000\n", i)) })},
		{"20000 described zones", "20000 instances, 100 faults", crowd(20_000, func(i int) string {
			return vevent(fmt.Sprintf("DTSTART;TZID=\"(UTC+01:00) A,B,C,D,E%d,F\":20260101T000000\n", i))
		})},
		{"availabilities", "more than 20000 events", same(20_000, "BEGIN:VAVAILABILITY\nBEGIN:AVAILABLE\nDTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:AVAILABLE\nEND:VAVAILABILITY\n")},
		{"9000 availabilities", "too much work", same(9_000, "BEGIN:VAVAILABILITY\nDTSTART:20260101T000000Z\nDURATION:P300D\nBEGIN:AVAILABLE\nDTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEND:AVAILABLE\nEND:VAVAILABILITY\n")},
	} {
		if verdict := defuse(t, c.name, c.open); !strings.Contains(verdict, c.verdict) {
			t.Errorf("%s: %.200s, want %q", c.name, verdict, c.verdict)
		}
	}
}
