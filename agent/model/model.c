// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the shared data is called and how it is taken apart again: names and
 * clean-up. Pure: no I/O, no clock, no environment.
 */
#include "model/model.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	enum severity severity;
} finding_table[FINDING_COUNT_] = {
#define X(code, severity) [FINDING_##code] = { #code, SEVERITY_##severity },
	FINDING_CODES(X)
#undef X
};

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_INFO] = "info",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_ERROR] = "error",
	};

	return names[severity];
}

const char *finding_name(enum finding_code code)
{
	return finding_table[code].name;
}

enum severity finding_severity(enum finding_code code)
{
	return finding_table[code].severity;
}

static void finding_done(struct finding *finding)
{
	free(finding->subject);
	free(finding->text);
	free(finding->remedy);
}

static void PRINTF_LIKE(6, 0)
	findings_vadd(struct findings *findings, enum severity severity,
		      enum finding_code code, const char *subject, const char *remedy,
		      const char *format, va_list arguments)
{
	struct finding finding = { .code = code, .severity = severity };

	if (findings->n >= FINDINGS_MAX)
		goto drop;
	if (vasprintf(&finding.text, format, arguments) < 0) {
		finding.text = NULL;
		goto drop;
	}
	if (subject && !(finding.subject = strdup(subject)))
		goto drop;
	if (remedy && !(finding.remedy = strdup(remedy)))
		goto drop;
	if (array_reserve(&findings->items, findings->n, &findings->capacity,
			  sizeof(finding)) < 0)
		goto drop;
	findings->items[findings->n++] = finding;
	return;
drop:
	finding_done(&finding);
	findings->dropped++;
	if (severity == SEVERITY_ERROR)
		findings->dropped_errors++;
}

void findings_add(struct findings *findings, enum finding_code code, const char *subject,
		  const char *remedy, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	findings_vadd(findings, finding_severity(code), code, subject, remedy, format,
		      arguments);
	va_end(arguments);
}

void findings_add_as(struct findings *findings, enum severity severity,
		     enum finding_code code, const char *subject, const char *remedy,
		     const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	findings_vadd(findings, severity, code, subject, remedy, format, arguments);
	va_end(arguments);
}

bool findings_have(const struct findings *findings, enum finding_code code)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].code == code)
			return true;
	return false;
}

bool findings_have_of(const struct findings *findings, enum finding_code code,
		      const char *subject)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].code == code &&
		    is_string_equal(findings->items[i].subject, subject))
			return true;
	return false;
}

bool findings_have_error(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i].severity == SEVERITY_ERROR)
			return true;
	return findings->dropped_errors > 0;
}

void findings_done(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_done(&findings->items[i]);
	free(findings->items);
	*findings = (struct findings){};
}

const char *mode_name(enum mode mode)
{
	static const char *const names[] = {
		[MODE_CLAIM] = "claim",
		[MODE_CHECK] = "check",
		[MODE_OFF] = "off",
	};

	return names[mode];
}

const char *on_failure_name(enum on_failure policy)
{
	return policy == ON_FAILURE_HOLD ? "hold" : "release";
}

const char *result_name(enum result result)
{
	static const char *const names[] = {
		[RESULT_NOT_TRIED] = "not-tried",
		[RESULT_CLAIMABLE] = "claimable",
		[RESULT_CLAIMED] = "claimed",
		[RESULT_REFUSED] = "refused",
		[RESULT_FAILED] = "failed",
		[RESULT_OFF] = "off",
		[RESULT_NOTHING_CONFIGURED] = "nothing-configured",
	};

	return names[result];
}

void wanted_done(struct wanted *wanted)
{
	free(wanted->text);
	free(wanted->origin);
	*wanted = (struct wanted){};
}

void config_done(struct config *config)
{
	for (size_t i = 0; i < config->n_wanted; i++)
		wanted_done(&config->wanted[i]);
	free(config->wanted);
	findings_done(&config->findings);
	*config = (struct config){};
}

int strings_add(struct strings *strings, const char *text)
{
	char *copy;
	int r;

	r = array_reserve(&strings->items, strings->n, &strings->capacity,
			  sizeof(*strings->items));
	if (r < 0)
		return r;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	strings->items[strings->n++] = copy;
	return 0;
}

bool strings_have(const struct strings *strings, const char *text)
{
	for (size_t i = 0; i < strings->n; i++)
		if (streq(strings->items[i], text))
			return true;
	return false;
}

void strings_done(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->items[i]);
	free(strings->items);
	*strings = (struct strings){};
}

void host_needs_done(struct host_needs *needs)
{
	for (size_t i = 0; i < needs->n; i++) {
		free(needs->items[i].use);
		free(needs->items[i].source);
		free(needs->items[i].functions);
	}
	free(needs->items);
	*needs = (struct host_needs){};
}

void snapshot_done(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		free(function->driver);
		free(function->modalias);
		free(function->vfio_module);
		free(function->rejected_module);
		free(function->used_for);
		free(function->in_use);
		strings_done(&function->rivals);
	}
	for (size_t i = 0; i < snapshot->n_groups; i++)
		free(snapshot->groups[i].members);
	free(snapshot->functions);
	free(snapshot->groups);
	free(snapshot->known.items);
	free(snapshot->kernel);
	free(snapshot->framebuffer_device);
	free(snapshot->framebuffer_driver);
	free(snapshot->framebuffer_console);
	free(snapshot->platform.cpu_vendor);
	free(snapshot->platform.board_vendor);
	free(snapshot->platform.firmware);
	free(snapshot->platform.distribution);
	free(snapshot->boot_id);
	free(snapshot->image_built_at);
	strings_done(&snapshot->iommu.evidence);
	findings_done(&snapshot->findings);
	*snapshot = (struct snapshot){};
}

static int compare_key(const void *key, const void *member)
{
	const struct function *function = member;

	return bdf_compare(key, &function->address);
}

/* snapshot.functions is sorted by address. */
struct function *snapshot_find(const struct snapshot *snapshot, const struct bdf *address)
{
	if (!snapshot->n_functions)
		return NULL;
	return bsearch(address, snapshot->functions, snapshot->n_functions,
		       sizeof(*snapshot->functions), compare_key);
}

struct group *snapshot_group(const struct snapshot *snapshot, int number)
{
	for (size_t i = 0; i < snapshot->n_groups; i++)
		if (snapshot->groups[i].number == number)
			return &snapshot->groups[i];
	return NULL;
}

void plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_targets; i++) {
		free(plan->targets[i].functions);
		free(plan->targets[i].groups);
	}
	free(plan->targets);
	free(plan->steps);
	findings_done(&plan->findings);
	*plan = (struct plan){};
}

int outcome_init(struct outcome *outcome, const struct plan *plan,
		 const struct snapshot *snapshot)
{
	*outcome = (struct outcome){};
	/* One more than needed: calloc(0) may return NULL, which is no error here. */
	outcome->targets = calloc(plan->n_targets + 1, sizeof(*outcome->targets));
	outcome->functions = calloc(snapshot->n_functions + 1, sizeof(*outcome->functions));
	if (!outcome->targets || !outcome->functions) {
		outcome_done(outcome);
		return -ENOMEM;
	}
	outcome->n_targets = plan->n_targets;
	outcome->n_functions = snapshot->n_functions;
	return 0;
}

void outcome_done(struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->n_functions; i++)
		free(outcome->functions[i].driver);
	free(outcome->functions);
	free(outcome->targets);
	findings_done(&outcome->findings);
	*outcome = (struct outcome){};
}

const char *quote(const char *text, size_t length, char buffer[static QUOTE_SIZE])
{
	static const char more[] = "...";
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = text[i];
		char piece[8];
		size_t n;

		if (c >= 0x20 && c < 0x7f && c != '\'')
			n = snprintf(piece, sizeof(piece), "%c", c);
		else
			n = snprintf(piece, sizeof(piece), "\\x%02x", c);
		if (used + n + sizeof(more) > QUOTE_SIZE) {
			memcpy(buffer + used, more, sizeof(more));
			return buffer;
		}
		memcpy(buffer + used, piece, n);
		used += n;
	}
	buffer[used] = '\0';
	return buffer;
}
