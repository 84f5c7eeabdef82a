"""Lists instances with python-recurring-ical-events, as a second opinion.

Reads lines of JSON {"name", "path", "from", "to"} (days) and answers each with
{"name", "error"} or {"name", "instances": [[uid, start, end], ...]}: instants in UTC, and
wall times and dates as they are.
"""
import datetime
import json
import sys

import icalendar
import pytz
import recurring_ical_events


def plain(value):
    if not isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d")
    if value.tzinfo is None:
        return value.strftime("%Y-%m-%dT%H:%M:%S")
    return value.astimezone(pytz.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def instances(path, start, stop):
    with open(path, "rb") as f:
        calendars = icalendar.Calendar.from_ical(f.read(), multiple=True)
    out = []
    for calendar in calendars:
        for event in recurring_ical_events.of(calendar, components=["VEVENT"]).between(start, stop):
            begin, end = event["DTSTART"].dt, event["DTEND"].dt
            if not isinstance(begin, datetime.datetime) and end <= begin:
                end = begin + datetime.timedelta(days=1)
            out.append([str(event.get("UID", "")), plain(begin), plain(end)])
    return sorted(out)


for line in sys.stdin:
    ask = json.loads(line)
    answer = {"name": ask["name"]}
    try:
        day = [tuple(int(n) for n in ask[k].split("-")) for k in ("from", "to")]
        answer["instances"] = instances(ask["path"], day[0], day[1])
    except Exception as e:  # whatever it raises is its answer
        answer["error"] = "%s: %s" % (type(e).__name__, str(e)[:100])
    print(json.dumps(answer), flush=True)
