// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The status of a card follows from the configuration, this boot's report and the drivers bound now; and
 * what the images say from their states and times. tests/machines/test_screen_status.py has the rest.
 */
#include "claimed-boot.h"

#include "cmd/after/card-reason.h"
#include "cmd/after/status.h"
#include "decide/config.h"
#include "report/report-parse.h"
#include "trial/trial-store.h"

#define CARD "0000:01:00.0"
#define SECOND "0000:02:00.0"
#define REFUSED(configured, address)                                                      \
	"{ 'configured': '" configured "', 'result': 'refused', 'address': " address ", " \
	"'functions': [] }"
#define FINDING(code, subject, text)                                                     \
	"{ 'severity': 'error', 'code': '" code "', 'subject': " subject                 \
	", 'text': \"" text "\" }"
#define BOOT(result, gpus, findings)                                                     \
	"{ 'version': 1, 'mode': 'claim', 'result': '" result "', 'gpus': [ " gpus       \
	" ], 'findings': [ " findings " ] }"

static const struct status_case {
	const char *name, *report, *tree;
	const char *wanted; /* NULL: the file names no card */
	bool is_as_configured;
	enum card_state state; /* of the first card */
	const char *code;      /* NULL: no card */
	size_t n_held;
} statuses[] = {
	{ "held", GOOD_BOOT(""), BOTH, CARD, true, CARD_CLAIMED, "", 2 },
	{ "unbound", GOOD_BOOT(""), DEVICE(CARD, "vfio-pci"), CARD, false, CARD_LOST,
	  "CLAIM_LOST", 1 },
	{ "a rival", GOOD_BOOT(""),
	  DEVICE(CARD, "vfio-pci") DEVICE("0000:01:00.1", "snd_hda_intel"), CARD, false,
	  CARD_LOST, "RIVAL_BOUND", 1 },
	{ "verified", GOOD_BOOT(", 'verified': { 'result': 'as-configured' }"), BOTH,
	  CARD, true, CARD_CLAIMED, "", 2 },
	{ "VFIO said no", GOOD_BOOT(", 'verified': { 'result': 'not-as-configured' }"),
	  BOTH, CARD, false, CARD_CLAIMED, "", 2 },
	{ "VFIO said no, with a reason",
	  GOOD_BOOT(", 'verified': { 'result': 'not-as-configured', 'findings': [ " FINDING(
		  "IRQ_REMAP_OFF", "'" CARD "'", "off") " ] }"),
	  BOTH, CARD, false, CARD_CLAIMED, "IRQ_REMAP_OFF", 2 },
	{ "refused",
	  BOOT("refused", REFUSED(CARD, "null"),
	       FINDING("GPU_NOT_FOUND", "'/etc/vfio-claim.conf:1'",
		       "no PCI function matches \\u0027" CARD "\\u0027")),
	  "sys /\n", CARD, false, CARD_REFUSED, "GPU_NOT_FOUND", 0 },
	{ "spent",
	  BOOT("refused", REFUSED(CARD, "'" CARD "'"), FINDING("TRIAL_SPENT", "null", "")),
	  "sys /\n", CARD, false, CARD_GIVEN_UP, "TRIAL_SPENT", 0 },
	{ "off",
	  "{ 'version': 1, 'mode': 'off', 'result': 'off', 'gpus': [ { 'configured': '" CARD
	  "', 'result': 'off' } ],"
	  " 'findings': [ { 'severity': 'info', 'code': 'MODE_OFF' } ],"
	  " 'verified': { 'result': 'off' } }",
	  "sys /\n", CARD, false, CARD_OFF, "MODE_OFF", 0 },
	{ "without a report and an image", NULL, "sys /\n", CARD, false,
	  CARD_NOT_IN_IMAGE, "IMAGE_WITHOUT_AGENT", 0 },
	{ "nothing configured", "{ 'version': 1, 'result': 'nothing-configured' }",
	  "sys /\n", NULL, true, CARD_OFF, NULL, 0 },
	{ "no longer configured", GOOD_BOOT(""), BOTH, NULL, true, CARD_NOT_CONFIGURED,
	  "", 2 },
};

static void add_wanted(struct config *config, const char *text)
{
	_cleanup_free_ char *line = text_format("gpu = %s\n", text);

	assert_int_equal(config_parse(config, line, strlen(line)), 0);
}

static void test_status(void **state)
{
	const struct status_case *row = *state;
	struct report *report = row->report ? report_from(row->report) : NULL;
	struct config config;
	struct status status;
	struct tree tree;

	tree_make(&tree, row->tree);
	config_init(&config);
	if (row->wanted)
		add_wanted(&config, row->wanted);
	assert_int_equal(status_read(&tree.root, &config, report, &status), 0);
	assert_int_equal(status.is_as_configured, row->is_as_configured);
	assert_int_equal(status.n_cards, row->code != NULL);
	if (row->code) {
		assert_int_equal(status.cards[0].state, row->state);
		assert_string_equal(status.cards[0].code, row->code);
		assert_int_equal(status.cards[0].n_held, row->n_held);
	}
	status_done(&status);
	config_done(&config);
	report_free(report);
	tree_remove(&tree);
}

/* Reasons -------------------------------------------------------------------------------------- */

static const struct reason_case {
	const char *name, *findings;
	const char *codes[2]; /* of the two cards; NULL: no reason */
} reasons[] = {
	{ "each its own",
	  FINDING("GROUP_SHARED", "'" CARD "'", "a") ", " FINDING("BOOT_DISPLAY",
								  "'" SECOND "'", "b"),
	  { "GROUP_SHARED", "BOOT_DISPLAY" } },
	{ "never the other's",
	  FINDING("GROUP_SHARED", "'" SECOND "'", "b"),
	  { NULL, "GROUP_SHARED" } },
	{ "the machine's",
	  FINDING("IOMMU_OFF_KERNEL", "null", "off"),
	  { "IOMMU_OFF_KERNEL", "IOMMU_OFF_KERNEL" } },
	{ "its own before the machine's",
	  FINDING("DEADLINE", "null", "off") ", " FINDING("BOOT_DISPLAY", "'" SECOND "'",
							  "b"),
	  { "DEADLINE", "BOOT_DISPLAY" } },
	{ "by the line",
	  FINDING("GPU_NOT_FOUND", "'/etc/vfio-claim.conf:2'",
		  "no PCI function matches \\u0027" SECOND "\\u0027"),
	  { NULL, "GPU_NOT_FOUND" } },
	{ "by its place",
	  FINDING("GPU_CHANGED", "'" SECOND "'", "another card"),
	  { NULL, "GPU_CHANGED" } },
	{ "no error",
	  "{ 'severity': 'warning', 'code': 'USB_IN_USE', 'subject': '" CARD "' }",
	  { NULL, NULL } },
};

static void test_reason(void **state)
{
	const struct reason_case *row = *state;
	_cleanup_free_ char *text =
		text_format(BOOT("refused",
				 REFUSED(CARD, "'" CARD "'") ", " REFUSED(SECOND, "null"),
				 "%s"),
			    row->findings);
	struct report *report = report_from(text);

	for (size_t i = 0; i < 2; i++) {
		const struct report_finding *reason =
			card_reason_find(report, &report->gpus[i]);

		assert_int_equal(reason != NULL, row->codes[i] != NULL);
		if (reason)
			assert_string_equal(reason->code_word, row->codes[i]);
	}
	report_free(report);
}

/* Images --------------------------------------------------------------------------------------- */

static char before[] = "2026-11-27T10:00:00Z", since[] = "2026-11-27T12:00:00Z",
	    later[] = "2026-11-27T14:00:00Z";

#define STARTED 1795777200 /* 11:00 */
#define NOW 1795784400	   /* 13:00 */

static const struct next_case {
	const char *name;
	struct boot_image images[2];
	enum next_boot expected;
} nexts[] = {
	{ "no image", { { .state = IMAGE_MISSING } }, NEXT_BOOT_LACKS_IT },
	{ "stale",
	  { { .state = IMAGE_STALE, .built_at = since }, { .state = IMAGE_WITHOUT_AGENT } },
	  NEXT_BOOT_LACKS_IT },
	{ "built since", { { .state = IMAGE_CURRENT, .built_at = since } }, NEXT_BOOT_HAS_IT },
	{ "built before",
	  { { .state = IMAGE_CURRENT, .built_at = before } },
	  NEXT_BOOT_IGNORES_IT },
	{ "built later than now: a clock is wrong",
	  { { .state = IMAGE_CURRENT, .built_at = later } },
	  NEXT_BOOT_IGNORES_IT },
	{ "without a time", { { .state = IMAGE_CURRENT } }, NEXT_BOOT_IGNORES_IT },
	{ "one of two",
	  { { .state = IMAGE_STALE }, { .state = IMAGE_CURRENT, .built_at = since } },
	  NEXT_BOOT_HAS_IT },
	{ "unreadable",
	  { { .state = IMAGE_UNREADABLE }, { .state = IMAGE_STALE } },
	  NEXT_BOOT_UNKNOWN },
	{ "one is enough",
	  { { .state = IMAGE_UNREADABLE }, { .state = IMAGE_CURRENT, .built_at = since } },
	  NEXT_BOOT_HAS_IT },
};

static void test_next(void **state)
{
	const struct next_case *row = *state;
	/* An empty second element is no image. */
	bool has_second = row->images[1].state != IMAGE_CURRENT || row->images[1].built_at;
	struct boot_images images = { (struct boot_image *)row->images, 1 + has_second, 2 };

	assert_int_equal(next_boot_judge(&images, STARTED, NOW), row->expected);
}

/* Trial ---------------------------------------------------------------------------------------- */

#define KEY "abababababababababababababababab"
#define SPENT_BOOT                                                                           \
	"{ 'version': 1, 'mode': 'claim', 'result': 'refused', 'trial': { 'state': 'spent'," \
	" 'key': '" KEY                                                                      \
	"' }, 'gpus': [ " REFUSED(CARD, "'" CARD                                             \
					"'") " ], 'findings': [ " FINDING("TRIAL_SPENT",     \
									  "null", "") " ] }"

static const struct trial_case {
	const char *name;
	enum trial_state stored;
	enum card_state expected;
} trials[] = {
	{ "spent", TRIAL_STATE_SPENT, CARD_GIVEN_UP },
	{ "confirm --again", TRIAL_STATE_TRYING, CARD_PENDING },
};

static void test_trial(void **state)
{
	const struct trial_case *row = *state;
	struct trial_record record = { .claims = { { .state = row->stored, .limit = 2 } },
				       .n_claims = 1 };
	struct report *report = report_from(SPENT_BOOT);
	struct config config;
	struct status status;
	struct tree tree;
	struct root store;

	memset(record.claims[0].key, 0xab, TRIAL_KEY_SIZE);
	tree_make(&tree, "sys/firmware/efi/efivars /\n");
	tree.root.is_live = true;
	assert_int_equal(root_open_folder(&tree.root, "/sys/firmware/efi/efivars", &store),
			 0);
	assert_int_equal(trial_write(&store, &record), 0);
	root_done(&store);
	tree.root.is_live = false;
	config_init(&config);
	add_wanted(&config, CARD);
	assert_int_equal(status_read(&tree.root, &config, report, &status), 0);
	assert_int_equal(status.cards[0].state, row->expected);
	status_done(&status);
	config_done(&config);
	report_free(report);
	tree_remove(&tree);
}

int main(void)
{
	return RUN_TABLE(statuses, test_status) | RUN_TABLE(reasons, test_reason) |
	       RUN_TABLE(nexts, test_next) | RUN_TABLE(trials, test_trial);
}
