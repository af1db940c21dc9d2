// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads how a claimed card is now, and which events concern it. Writes nothing. */
#include "cmd/live/watch-card.h"

#include "cmd/after/verify-function.h"
#include "cmd/after/verify-group.h"
#include "cmd/live/arrivals.h"
#include "report/report-events.h"

#include <stdio.h>

#define GROUPS "/sys/kernel/iommu_groups"

int watch_card_read(const struct report_gpu *gpu, struct watch_card *ret_card)
{
	struct watch_card card = {};

	card.functions = calloc(gpu->functions.n + 1, sizeof(*card.functions));
	if (!card.functions)
		return -ENOMEM;
	for (size_t i = 0; i < gpu->functions.n; i++)
		card.n_functions += bdf_parse(gpu->functions.items[i].address,
					      &card.functions[card.n_functions]);
	if (!card.n_functions) {
		watch_card_done(&card);
		return -EINVAL;
	}
	if (!bdf_parse(gpu->address, &card.address))
		card.address = card.functions[0];
	*ret_card = card;
	return 0;
}

void watch_card_done(struct watch_card *card)
{
	free(card->functions);
	watch_state_done(&card->state);
	*card = (struct watch_card){};
}

static bool has_function(const struct watch_card *card, const struct bdf *address)
{
	for (size_t i = 0; i < card->n_functions; i++)
		if (bdf_compare(&card->functions[i], address) == 0)
			return true;
	return false;
}

static int read_group(const struct root *root, const struct bdf *function, int *ret_group)
{
	char path[PCI_FILE_SIZE], name[32], *end;
	int r = root_readlink_name(root, pci_file(function, "iommu_group", path), name,
				   sizeof(name));

	if (r < 0)
		return r;
	*ret_group = strtol(name, &end, 10);
	return *end ? -EINVAL : 0;
}

/* Events ------------------------------------------------------------------------------------------ */

static bool is_group_mate(const struct root *root, const struct bdf *function,
			  const struct bdf *address)
{
	int ours, theirs;

	return read_group(root, function, &ours) == 0 &&
	       read_group(root, address, &theirs) == 0 && ours == theirs;
}

/* A function's link leads through the bridges above it. */
static bool is_below(const struct root *root, const struct bdf *function,
		     const struct bdf *bridge)
{
	char path[PCI_FILE_SIZE], name[PCI_ADDRESS_SIZE], target[512];
	_cleanup_free_ char *part = text_format("/%s/", bdf_format(bridge, name));

	pci_file(function, "", path);
	path[strlen(path) - 1] = '\0';
	return !part || (root_readlink(root, path, target, sizeof(target)) >= 0 &&
			 strstr(target, part));
}

static bool is_of_fault(const struct watch_card *card, const struct bdf *address)
{
	char name[PCI_ADDRESS_SIZE];

	bdf_format(address, name);
	for (size_t i = 0; i < card->state.told.findings.n; i++)
		if (is_string_equal(card->state.told.findings.items[i].subject, name))
			return true;
	return false;
}

/* Reading configuration space wakes a sleeping card, so events of other devices must not lead to it. */
bool watch_card_concerns(const struct root *root, const struct watch_card *card,
			 const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	char *rest = copy, *component;
	bool is_pci = false;
	struct bdf address;

	while ((component = strsep(&rest, "/"))) {
		if (!bdf_parse(component, &address))
			continue;
		if (has_function(card, &address))
			return true;
		is_pci = true;
	}
	if (!is_pci || is_of_fault(card, &address))
		return true;
	for (size_t i = 0; i < card->n_functions; i++)
		if (is_below(root, &card->functions[i], &address) ||
		    is_group_mate(root, &card->functions[i], &address))
			return true;
	return false;
}

/* Looks ------------------------------------------------------------------------------------------- */

static void add_fault(struct watch_faults *faults, enum event_kind kind,
		      const struct finding *finding)
{
	size_t n = faults->findings.n;

	findings_add_as(&faults->findings, finding->severity, finding->subject,
			finding->code, finding->remedy, "%s", finding->text);
	if (faults->findings.n > n)
		faults->kinds[n] = kind;
}

static void look_at_function(const struct root *root, const struct bdf *address,
			     struct watch_faults *faults)
{
	static const enum event_kind kinds[] = {
		[FUNCTION_GONE] = EVENT_GONE,
		[FUNCTION_LOST] = EVENT_LOST,
		[FUNCTION_SILENT] = EVENT_UNREACHABLE,
	};
	CLEANUP(findings_done) struct findings findings = {};
	enum function_state state = verify_function(root, address, &findings);

	/* The first finding is the one that makes the state. */
	if (state != FUNCTION_HELD && findings.n)
		add_fault(faults, kinds[state], &findings.items[0]);
}

/* A function of the card has its own fault. */
static void look_at_group(const struct root *root, const struct watch_card *card,
			  int group, struct watch_faults *faults)
{
	CLEANUP(findings_done) struct findings findings = {};
	struct bdf address;

	if (verify_group_blockers(root, group, &findings) < 0)
		return;
	for (size_t i = 0; i < findings.n; i++)
		if (!bdf_parse(findings.items[i].subject, &address) ||
		    !has_function(card, &address))
			add_fault(faults, EVENT_GROUP_CHANGED, &findings.items[i]);
}

static void look_at_groups(const struct root *root, const struct watch_card *card,
			   struct watch_faults *faults)
{
	for (size_t i = 0; i < card->n_functions; i++) {
		int group, earlier;
		size_t k = 0;

		if (read_group(root, &card->functions[i], &group) < 0)
			continue;
		while (k < i && (read_group(root, &card->functions[k], &earlier) < 0 ||
				 earlier != group))
			k++;
		if (k == i)
			look_at_group(root, card, group, faults);
	}
}

static bool is_known(const struct report *report, const struct finding *finding)
{
	const struct report_findings *findings = &report->verified.findings;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].code == finding->code &&
		    is_string_equal(findings->items[i].subject, finding->subject) &&
		    streq(findings->items[i].text, finding->text))
			return true;
	return false;
}

static void read_last_event(const struct watch_card *card,
			    const struct report_events *events, struct watch_look *look)
{
	char name[PCI_ADDRESS_SIZE];
	const struct report_event *last =
		report_events_last(events, bdf_format(&card->address, name));

	if (!last)
		return;
	look->last = last->kind;
	look->is_last_ours = streq(last->cause_word, event_cause_name(CAUSE_WATCH));
	look->is_last_in_vain = streq(last->cause_word, event_cause_name(CAUSE_ARRIVAL)) &&
				(last->kind == EVENT_REFUSED || last->kind == EVENT_FAILED);
	look->mark = text_format("%s %s %s %s", last->at, last->kind_word,
				 last->cause_word, last->text);
}

void watch_card_look(const struct root *root, const struct watch_card *card,
		     const struct report *report, const struct report_events *events,
		     struct watch_look *ret_look)
{
	*ret_look = (struct watch_look){ .last = EVENT_UNKNOWN };
	for (size_t i = 0; i < card->n_functions; i++)
		look_at_function(root, &card->functions[i], &ret_look->faults);
	look_at_groups(root, card, &ret_look->faults);
	for (size_t i = 0; report && i < ret_look->faults.findings.n; i++)
		ret_look->is_known[i] =
			is_known(report, &ret_look->faults.findings.items[i]);
	read_last_event(card, events, ret_look);
}

bool watch_card_is_arriving(const struct root *root, const struct watch_card *card)
{
	bool has_arrivals = root_exists(root, ARRIVALS_FOLDER);

	for (size_t i = 0; i < card->n_functions && has_arrivals; i++)
		if (arrivals_is_new(root, &card->functions[i]))
			return true;
	return false;
}
