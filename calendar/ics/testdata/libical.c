/* Lists the instances of a calendar within a window with libical, as a second opinion:
 *   libical FILE FROM TO   (Unix seconds)
 * One line an instance on standard output, "uid start end"; seconds spent on standard error. */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char *uid;
static long count;

static void instance(icalcomponent *c, struct icaltime_span *span, void *out) {
	(void)c;
	count++;
	fprintf((FILE *)out, "%s %ld %ld\n", uid, (long)span->start, (long)span->end);
}

int main(int argc, char **argv) {
	if (argc != 4) return 2;
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	FILE *f = fopen(argv[1], "rb");
	if (!f) return 1;
	fseek(f, 0, SEEK_END);
	long n = ftell(f);
	rewind(f);
	char *text = malloc(n + 1);
	if (fread(text, 1, n, f) != (size_t)n) return 1;
	text[n] = 0;
	icalcomponent *cal = icalparser_parse_string(text);
	if (!cal) return 1;
	struct icaltimetype from = icaltime_from_timet_with_zone(atol(argv[2]), 0, icaltimezone_get_utc_timezone());
	struct icaltimetype to = icaltime_from_timet_with_zone(atol(argv[3]), 0, icaltimezone_get_utc_timezone());
	for (icalcomponent *e = icalcomponent_get_first_component(cal, ICAL_VEVENT_COMPONENT); e;
	     e = icalcomponent_get_next_component(cal, ICAL_VEVENT_COMPONENT)) {
		uid = icalcomponent_get_uid(e);
		icalcomponent_foreach_recurrence(e, from, to, instance, stdout);
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	fprintf(stderr, "%.4f\n", (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) / 1e9);
	return 0;
}
