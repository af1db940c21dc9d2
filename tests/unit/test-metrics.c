// SPDX-License-Identifier: GPL-2.0-or-later
/* Metrics are valid for Prometheus, and hold the values of the status. */
#include "claimed-boot.h"

#include "cmd/after/status.h"
#include "decide/config.h"
#include "report/report-parse.h"

#include <stdio.h>

static void expect_lines(const char *text, const char *const *lines, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *found = strstr(text, lines[i]);
		size_t length = strlen(lines[i]);

		if (!found || (found != text && found[-1] != '\n') || found[length] != '\n')
			fail_msg("no line '%s' in\n%s", lines[i], text);
	}
}

/* Each sample follows the HELP and TYPE of its name, and no name comes twice. */
static void expect_format(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line, name[64] = "";
	struct strings seen = {};

	while ((line = strsep(&rest, "\n")) && *line) {
		if (sscanf(line, "# HELP %63s", name) == 1) {
			assert_false(strings_have(&seen, name));
			assert_int_equal(strings_add(&seen, name), 0);
			line = strsep(&rest, "\n");
			assert_true(has_prefix(line, "# TYPE "));
			assert_true(has_prefix(line + 7, name));
			assert_non_null(strstr(line, " gauge"));
			continue;
		}
		assert_true(*name && has_prefix(line, name));
		assert_true(line[strlen(name)] == ' ' || line[strlen(name)] == '{');
	}
	assert_true(seen.n > 0);
	assert_true(!line || !rest); /* it ends with a line feed, and no empty line before */
	strings_done(&seen);
}

static void test_metrics(void **state)
{
	static const char *const lines[] = {
		"vfio_claim_as_configured 1",
		"vfio_claim_report_present 1",
		"vfio_claim_info{program=\"vfio-claim 1\",kernel=\"six\",mode=\"claim\",result=\"claimed\"} 1",
		"vfio_claim_agent_duration_seconds 0.0962",
		"vfio_claim_gpu_claimed{gpu=\"01:00.0\",address=\"0000:01:00.0\",kind=\"gpu\"} 1",
		"vfio_claim_gpu_functions_held{gpu=\"01:00.0\",address=\"0000:01:00.0\",kind=\"gpu\"} 2",
		"vfio_claim_card_state{address=\"0000:01:00.0\",kind=\"gpu\",state=\"claimed\",code=\"\"} 1",
		"vfio_claim_trial{state=\"on-trial\"} 1",
		"vfio_claim_image_state{kernel=\"six\",state=\"stale\"} 1",
		"vfio_claim_verified_result{result=\"as-configured\"} 1",
		"vfio_claim_findings{severity=\"error\"} 0",
		"vfio_claim_findings{severity=\"warning\"} 3",
		"vfio_claim_images_verified 1",
		"vfio_claim_verified 1",
		"vfio_claim_verified_timestamp_seconds 1700000000",
		"vfio_claim_group_accepted{group=\"7\"} 1",
		"vfio_claim_group_accepted{group=\"8\"} 0",
		"vfio_claim_events{kind=\"lost\"} 2",
		"vfio_claim_events{kind=\"claimed\"} 1",
		"vfio_claim_events{kind=\"gone\"} 0",
	};
	struct report *report = report_from(GOOD_BOOT(
		", 'findings': [ { 'severity': 'warning' } ],"
		" 'trial': { 'state': 'on-trial', 'attempt': 1, 'limit': 2 },"
		" 'events': [ { 'kind': 'lost' }, { 'kind': 'claimed' },"
		" { 'kind': 'another word' }, { 'kind': 'lost' } ],"
		" 'verified': { 'at': '2023-11-14T22:13:20Z',"
		" 'result': 'as-configured', 'findings': [ { 'severity': 'warning' } ],"
		" 'images': [ { 'kernel': 'six', 'state': 'stale' } ],"
		" 'images_at': '2023-11-14T22:13:25Z',"
		" 'image_findings': [ { 'severity': 'warning' } ],"
		" 'vfio': [ { 'group': 7, 'answer': 'in-use' },"
		" { 'group': 8, 'answer': 'refused' },"
		" { 'group': 9, 'answer': 'unknown' } ] }"));
	struct config config;
	struct status status;
	struct tree tree;
	char *text;

	(void)state;
	tree_make(&tree, BOTH);
	config_init(&config);
	assert_int_equal(config_parse(&config, "gpu = 01:00.0", 13), 0);
	assert_int_equal(status_read(&tree.root, &config, report, &status), 0);
	text = status_to_metrics(&status);
	assert_non_null(text);
	expect_lines(text, lines, ARRAY_SIZE(lines));
	expect_format(text);
	assert_null(strstr(text, "group=\"9\""));
	config_done(&config);
	free(text);
	status_done(&status);
	report_free(report);
	tree_remove(&tree);
}

static void test_metrics_without_a_report(void **state)
{
	static const char *const lines[] = { "vfio_claim_as_configured 0",
					     "vfio_claim_report_present 0" };
	struct status status = {};
	char *text = status_to_metrics(&status);

	(void)state;
	expect_lines(text, lines, ARRAY_SIZE(lines));
	assert_null(strstr(text, "vfio_claim_verified"));
	free(text);
}

static void test_labels_are_escaped(void **state)
{
	char address[] = "";
	struct card_status card = { .configured = "a\"b\\c\nd",
				    .kind = "gpu",
				    .address = address,
				    .state = CARD_REFUSED,
				    .code = "" };
	struct report *report = report_from("{ 'version': 1 }");
	struct status status = { .report = report, .cards = &card, .n_cards = 1 };
	char *text = status_to_metrics(&status);

	(void)state;
	assert_non_null(strstr(text, "vfio_claim_gpu_claimed{gpu=\"a\\\"b\\\\c\\nd\","
				     "address=\"\",kind=\"gpu\"} 0\n"));
	expect_format(text);
	free(text);
	report_free(report);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_metrics_without_a_report),
		cmocka_unit_test(test_labels_are_escaped),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
