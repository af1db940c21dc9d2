// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No configuration text and no kernel command line harms config.c, and every part that it
 * cannot read is reported in printable words. An input is the file up to the first NUL byte,
 * then the command line.
 */
#include "decide/config.h"
#include "decide/identity.h"

#define CHECK(condition)                                                                 \
	do {                                                                             \
		if (!(condition))                                                        \
			abort();                                                         \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_printable(const char *text)
{
	if (!text)
		return;
	CHECK(*text);
	for (; *text; text++)
		CHECK((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f);
}

static void check_config(const struct config *config)
{
	const struct findings *findings = &config->findings;

	CHECK(findings->n <= FINDINGS_MAX);
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *finding = &findings->items[i];

		CHECK(finding->code == FINDING_CONFIG_INVALID ||
		      finding->code == FINDING_CMDLINE_INVALID);
		CHECK(finding->text);
		check_printable(finding->text);
		check_printable(finding->subject);
		check_printable(finding->remedy);
	}
	CHECK(mode_name(config->mode) && on_failure_name(config->on_failure));
	CHECK(config->shared_group <= SHARED_GROUP_GPU_ONLY);
	CHECK(config->interrupt_remapping <= STRICT_WARN);
	CHECK(config->boot_display <= BOOT_DISPLAY_ALLOW);
	CHECK(config->attached_driver <= ATTACHED_UNBIND);
	CHECK(config->timeout_s >= 1 && config->timeout_s <= TIMEOUT_MAX_S);
	CHECK(config->trial_limit <= TRIAL_LIMIT_MAX);
	for (size_t i = 0; i < config->n_wanted; i++) {
		const struct wanted *wanted = &config->wanted[i];
		const struct identity *identity = &wanted->identity;
		struct identity again;

		CHECK(identity->has_address || identity->has_id || identity->has_path);
		CHECK(!identity_parse(wanted->text, strlen(wanted->text), &again));
		check_printable(wanted->origin);
	}
}

/* Each invalid line must be an error of its own. */
static void check_bad_line(const uint8_t *data, size_t size)
{
	static const char bad[] = "\nno-such-key = 1\n";
	struct config config;
	char *text = malloc(size + sizeof(bad));

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	memcpy(text + size, bad, sizeof(bad) - 1);
	config_init(&config);
	CHECK(config_parse(&config, text, size + sizeof(bad) - 1) == 0);
	CHECK(findings_have_error(&config.findings));
	check_config(&config);
	config_done(&config);
	free(text);
}

static bool has_cmdline_error(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].code == FINDING_CMDLINE_INVALID &&
		    findings->items[i].severity == SEVERITY_ERROR)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t first = end ? (size_t)(end - data) : size;
	struct config config;
	char *cmdline;

	config_init(&config);
	CHECK(config_parse(&config, (const char *)data, first) == 0);
	check_config(&config);
	cmdline = end ? strndup((const char *)end + 1, size - first - 1) : NULL;
	if (cmdline)
		CHECK(config_parse_cmdline(&config, cmdline) == 0);
	check_config(&config);
	if (has_cmdline_error(&config.findings))
		CHECK(config.mode == MODE_OFF);
	config_done(&config);

	/* The whole input, with NUL bytes. */
	config_init(&config);
	CHECK(config_parse(&config, (const char *)data, size) == 0);
	check_config(&config);
	config_done(&config);
	free(cmdline);
	check_bad_line(data, first);
	return 0;
}
