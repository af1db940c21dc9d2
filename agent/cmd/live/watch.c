// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Watches the claimed cards: after each event of the kernel that concerns one, looks at it and tells what
 * has changed. Waits for events, and never looks without one.
 */
#include "cmd/live/watch.h"

#include "base/clock.h"
#include "model/finding.h"
#include "report/report-events.h"
#include "report/report-file.h"
#include "report/report.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define CLAIMING_AGAIN_MS 100 /* while another process claims or releases, or is to */
#define CLAIMING_MOST_MS                                                                 \
	10000 /* it may hang in a driver for ever, or end without having told anything */
#define LOCKS_SIZE_MAX (1 << 20)

/* Telling ----------------------------------------------------------------------------------------- */

static char *describe(const struct watch_card *card, const struct findings *findings)
{
	const struct finding *first = &findings->items[0];
	char address[PCI_ADDRESS_SIZE], more[48] = "";
	bool is_first =
		is_string_equal(first->subject, bdf_format(&card->address, address));

	if (findings->n > 1)
		snprintf(more, sizeof(more), " (and %zu more)", findings->n - 1);
	return text_format("%s%s%s%s", is_first ? "" : first->subject,
			   is_first ? "" : ": ", first->text, more);
}

static void tell(const struct watch *watch, const struct watch_card *card,
		 enum event_kind kind, const struct findings *findings)
{
	_cleanup_free_ char *text =
		findings ? describe(card, findings) :
			   strdup("every function is on a VFIO driver and answers again");
	const struct event event = {
		.kind = kind,
		.cause = CAUSE_WATCH,
		.address = card->address,
		.text = text ?: "",
		.findings = findings,
	};

	watch->ops->tell(watch->ops->data, &event);
}

/* One event for all new faults of a kind. */
static void tell_faults(const struct watch *watch, const struct watch_card *card,
			const struct watch_changes *changes, enum event_kind kind)
{
	const struct watch_faults *faults = &card->state.told;
	struct finding items[FINDINGS_MAX]; /* the state owns their texts */
	struct findings findings = { .items = items };

	for (size_t i = 0; i < faults->findings.n; i++)
		if (changes->is_new[i] && faults->kinds[i] == kind)
			items[findings.n++] = faults->findings.items[i];
	if (findings.n)
		tell(watch, card, kind, &findings);
}

static void look(struct watch *watch, struct watch_card *card,
		 const struct report *report, const struct report_events *events)
{
	CLEANUP(watch_look_done) struct watch_look look;
	struct watch_changes changes;

	card->is_due = false;
	watch_card_look(watch->root, card, report, events, &look);
	watch_step(&card->state, &look, &changes);
	for (enum event_kind kind = 0; kind < EVENT_UNKNOWN; kind++)
		tell_faults(watch, card, &changes, kind);
	if (changes.is_whole_again)
		tell(watch, card, EVENT_CLAIMED, NULL);
}

/* Cards ------------------------------------------------------------------------------------------- */

static struct watch_card *find_card(const struct watch *watch, const struct bdf *address)
{
	for (size_t i = 0; i < watch->n_cards; i++)
		if (bdf_compare(&watch->cards[i].address, address) == 0)
			return &watch->cards[i];
	return NULL;
}

/* A new card is due; the others keep their state. */
static void inherit_state(const struct watch *watch, struct watch_card *card)
{
	struct watch_card *known = find_card(watch, &card->address);

	card->is_due = !known || known->is_due;
	if (!known)
		return;
	card->state = known->state;
	known->state = (struct watch_state){};
}

static void free_cards(struct watch *watch)
{
	for (size_t i = 0; i < watch->n_cards; i++)
		watch_card_done(&watch->cards[i]);
	free(watch->cards);
	watch->cards = NULL;
	watch->n_cards = 0;
}

/* Two lines of the configuration may mean one card. */
static int add_card(struct watch *next, const struct report_gpu *gpu)
{
	struct watch_card *card = &next->cards[next->n_cards];
	int r;

	if (gpu->result != RESULT_CLAIMED)
		return 0;
	r = watch_card_read(gpu, card);
	if (r < 0)
		return r == -EINVAL ? 0 : r;
	if (find_card(next, &card->address))
		watch_card_done(card);
	else
		next->n_cards++;
	return 0;
}

/* A card that was released is no longer watched. */
static int update_cards(struct watch *watch, const struct report *report)
{
	struct watch next = *watch;
	int r = 0;

	next.n_cards = 0;
	next.cards = calloc(report->n_gpus + 1, sizeof(*next.cards));
	if (!next.cards)
		return -ENOMEM;
	for (size_t i = 0; i < report->n_gpus && r == 0; i++)
		r = add_card(&next, &report->gpus[i]);
	for (size_t i = 0; i < next.n_cards && r == 0; i++)
		inherit_state(watch, &next.cards[i]);
	free_cards(r < 0 ? &next : watch);
	if (r == 0)
		*watch = next;
	return r;
}

/* Without a report the cards that were read from it are watched all the same. */
static int look_at_due(struct watch *watch)
{
	CLEANUP(report_freep) struct report *report = NULL;
	CLEANUP(report_events_done) struct report_events events = {};
	const char *problem;
	int r = 0;

	watch->first_ms = watch->last_ms = 0;
	report = report_read(watch->root, REPORT_PATH, &problem, &r);
	if (report)
		r = report_events_read(report, &events);
	if (report && r == 0)
		r = update_cards(watch, report);
	if (r == -ENOMEM)
		return r;
	for (size_t i = 0; i < watch->n_cards; i++)
		if (watch->cards[i].is_due)
			look(watch, &watch->cards[i], report, &events);
	return 0;
}

/* Events ------------------------------------------------------------------------------------------ */

/* `path` NULL: events were lost, so any card may be concerned. */
static void note_event(struct watch *watch, const char *path)
{
	watch->last_ms = clock_ms();
	if (!watch->first_ms)
		watch->first_ms = watch->last_ms;
	for (size_t i = 0; i < watch->n_cards; i++)
		if (!path || watch_card_concerns(watch->root, &watch->cards[i], path))
			watch->cards[i].is_due = true;
}

static int receive_events(struct watch *watch)
{
	int r;

	do {
		_cleanup_free_ char *path = NULL;

		r = watch->ops->receive(watch->ops->data, &path);
		if (r == 0 || r == -ENOBUFS)
			note_event(watch, path);
	} while (r == 0 || r == -ENOBUFS || r == -EINTR);
	return r == -EAGAIN ? 0 : r;
}

/* Taking the lock to see whether it is free could make a claim fail; /proc/locks has it as well. */
static bool is_claiming(const struct root *root)
{
	_cleanup_free_ char *locks = NULL, *file = NULL;
	struct stat status;
	size_t size;

	if (root_stat(root, REPORT_FOLDER "/" REPORT_LOCK, &status) < 0 ||
	    root_read_file(root, "/proc/locks", LOCKS_SIZE_MAX, &locks, &size) < 0)
		return false;
	file = text_format(" %02x:%02x:%lu ", major(status.st_dev), minor(status.st_dev),
			   (unsigned long)status.st_ino);
	return file && strstr(locks, file);
}

static bool is_arriving(const struct watch *watch)
{
	for (size_t i = 0; i < watch->n_cards; i++)
		if (watch->cards[i].is_due &&
		    watch_card_is_arriving(watch->root, &watch->cards[i]))
			return true;
	return false;
}

/* Milliseconds until the next look; -1: nothing has happened. */
static int time_to_wait(const struct watch *watch)
{
	const struct watch_ops *ops = watch->ops;
	int64_t now = clock_ms(), quiet = watch->last_ms + ops->quiet_ms,
		most = watch->first_ms + ops->most_ms, due = quiet < most ? quiet : most;

	if (!watch->first_ms)
		return -1;
	if (due > now)
		return due - now;
	if (now - watch->first_ms < CLAIMING_MOST_MS &&
	    (is_claiming(watch->root) || is_arriving(watch)))
		return CLAIMING_AGAIN_MS;
	return 0;
}

static int wait_for_events(struct watch *watch, bool *ret_is_over)
{
	struct pollfd fds[] = {
		{ .fd = watch->ops->stop_fd, .events = POLLIN },
		{ .fd = watch->ops->monitor_fd, .events = POLLIN },
	};
	int wait = time_to_wait(watch), n;

	if (wait == 0)
		return look_at_due(watch);
	n = poll(fds, ARRAY_SIZE(fds), wait);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	*ret_is_over = fds[0].revents != 0;
	/* A lost event shows as POLLERR until it is received. */
	if (fds[1].revents & (POLLIN | POLLERR))
		return receive_events(watch);
	return fds[1].revents ? -EPIPE : 0;
}

int watch_begin(const struct root *root, const struct watch_ops *ops,
		struct watch *ret_watch)
{
	*ret_watch = (struct watch){ .root = root, .ops = ops };
	return look_at_due(ret_watch);
}

int watch_run(struct watch *watch)
{
	bool is_over = false;
	int r = 0;

	while (r == 0 && !is_over)
		r = wait_for_events(watch, &is_over);
	return r;
}

void watch_done(struct watch *watch)
{
	free_cards(watch);
}
