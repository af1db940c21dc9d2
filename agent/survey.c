// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the configuration and the snapshot of one system and makes the plan, for both programs.
 * Never changes anything.
 */
#include "survey.h"

#include "base/sha256.h"
#include "decide/config.h"
#include "decide/needs.h"
#include "facts/crash.h"
#include "facts/platform.h"
#include "model/finding.h"

int survey_read_config_file(const struct root *root, struct config *ret_config)
{
	_cleanup_free_ char *text = NULL;
	struct config config;
	size_t size;
	int r;

	config_init(&config);
	r = root_read_file(root, CONFIG_PATH, CONFIG_SIZE_MAX, &text, &size);
	if (r == 0) {
		sha256_hex(text, size, config.sha256);
		r = config_parse(&config, text, size);
	} else if (r == -EFBIG) {
		r = config_parse(&config, "", CONFIG_SIZE_MAX + 1);
	} else if (r == -ENOENT) {
		r = 0; /* nothing is configured */
	} else if (r != -ENOMEM) {
		findings_add(&config.findings, CONFIG_PATH, SAY_CONFIG_UNREADABLE,
			     strerror(-r));
		r = 0;
	}
	if (r < 0) {
		config_done(&config);
		return r;
	}
	*ret_config = config;
	return 0;
}

static int read_cmdline(const struct root *root, struct config *config)
{
	_cleanup_free_ char *text = NULL;
	int r;

	r = platform_read_cmdline(root, &text);
	config->is_crash_kernel = crash_is_kernel_of(root, r == 0 ? text : "");
	if (r == 0)
		r = config_parse_cmdline(config, text);
	if (config->is_crash_kernel)
		config->mode = MODE_OFF;
	if (r == 0 || r == -ENOMEM)
		return r;
	/* The unread parameters may turn vfio-claim off: assume that they do. */
	config->mode = MODE_OFF;
	config->is_cmdline_invalid = true;
	findings_add(&config->findings, CMDLINE_PATH, SAY_CMDLINE_UNREADABLE, strerror(-r));
	return 0;
}

int survey_read_config(const struct root *root, struct config *ret_config)
{
	struct config config;
	int r;

	r = survey_read_config_file(root, &config);
	if (r < 0)
		return r;
	r = read_cmdline(root, &config);
	if (r < 0) {
		config_done(&config);
		return r;
	}
	*ret_config = config;
	return 0;
}

/* From the image record, or from the system itself; otherwise they stay unknown. */
static int mark_needs(const struct root *root, struct survey *survey, const char *cmdline)
{
	int r;

	survey->snapshot.needs_fact = FACT_UNREADABLE;
	if (survey->record.text)
		return record_mark_needs(&survey->record, cmdline, &survey->snapshot);
	if (!survey->find_needs)
		return 0;
	host_needs_done(&survey->needs);
	r = survey->find_needs(root, &survey->needs);
	return r < 0 ? r : needs_mark(&survey->needs, &survey->snapshot);
}

/* Only without an image record. An unreadable file counts as empty: then fewer cards are followed to
 * a new address. */
static int read_known(const struct root *root, struct survey *survey)
{
	_cleanup_free_ char *text = NULL;
	size_t size;
	int r;

	if (survey->record.text || !survey->merge_known)
		return 0;
	free(survey->record.known.items);
	survey->record.known = (struct known_cards){};
	r = root_read_file(root, KNOWN_PATH, KNOWN_SIZE_MAX, &text, &size);
	survey->is_known_unreadable = r < 0 && r != -ENOENT;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	return known_parse(text, &survey->record.known);
}

struct load_sources survey_sources(const struct root *root, const struct survey *survey)
{
	return (struct load_sources){ .root = root,
				      .cmdline = survey->cmdline ? survey->cmdline : "",
				      .record = &survey->record,
				      .modules = survey->modules };
}

int survey_look(const struct root *root, struct survey *survey)
{
	_cleanup_free_ char *release = NULL;
	struct load_sources sources;
	struct snapshot snapshot = {};
	bool has_acs_override;
	int r;

	if (!survey->cmdline)
		(void)!platform_read_cmdline(root, &survey->cmdline);
	if (!survey->modules) {
		r = record_read(root, &survey->record);
		if (r == 0)
			r = snapshot_read_release(root, &release);
		/* Without a release there are no modules; snapshot_collect() adds the finding. */
		if (r != -ENOMEM)
			r = modules_open(root, release ? release : "", &survey->modules);
		if (r < 0)
			return r;
		modules_add_options(survey->modules, survey->config.vfio_options);
	}
	sources = survey_sources(root, survey);
	has_acs_override = strstr(sources.cmdline, "pcie_acs_override=");
	r = read_known(root, survey);
	if (r < 0)
		return r;
	r = snapshot_collect(&sources, &survey->config,
			     has_acs_override ? SNAPSHOT_TOPOLOGY : survey->depth,
			     &snapshot);
	if (r < 0)
		return r;
	snapshot_done(&survey->snapshot);
	survey->snapshot = snapshot;
	survey->snapshot.has_acs_override = has_acs_override;
	return mark_needs(root, survey, sources.cmdline);
}

int survey_decide(struct survey *survey)
{
	int r = 0;

	plan_done(&survey->plan);
	if (!survey->record.text && survey->merge_known)
		r = survey->merge_known(&survey->record.known, &survey->config,
					&survey->snapshot);
	return r < 0 ? r : plan_make(&survey->config, &survey->snapshot, &survey->plan);
}

void survey_done(struct survey *survey)
{
	plan_done(&survey->plan);
	snapshot_done(&survey->snapshot);
	host_needs_done(&survey->needs);
	modules_close(survey->modules);
	record_done(&survey->record);
	free(survey->cmdline);
	config_done(&survey->config);
	*survey = (struct survey){};
}
