// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parses the configuration file and the kernel parameters into struct config. Pure: buffers in,
 * struct and findings out. Every message names the line and its text.
 */
#include "decide/config.h"

#include "base/parameter.h"
#include "decide/card-setting.h"
#include "decide/identity.h"
#include "decide/menu-trial.h"
#include "model/finding.h"

#include <stdarg.h>
#include <stdio.h>

#define CMDLINE_PREFIX "vfio_claim."

/* The place of a setting, for messages. */
struct place {
	struct config *config;
	enum finding_code code; /* FINDING_CONFIG_INVALID or FINDING_CMDLINE_INVALID */
	const char *subject;
	struct span line;
};

static void PRINTF_LIKE(2, 3)
	add_invalid_finding(const struct place *place, const char *format, ...)
{
	char text[512 + QUOTE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (place->code == FINDING_CMDLINE_INVALID)
		place->config->is_cmdline_invalid = true;
	findings_add(&place->config->findings, place->subject, place->code,
		     place->code == FINDING_CMDLINE_INVALID ? REMEDY_CMDLINE : REMEDY_CONFIG,
		     "%s", text);
}

/* `wrong` is what the line has, or lacks. */
static void add_wrong_finding(const struct place *place, const char *wrong)
{
	char line[QUOTE_SIZE];

	add_invalid_finding(place, TEXT_INVALID, wrong, span_quote(place->line, line));
}

static void add_repeated_finding(const struct place *place)
{
	char line[QUOTE_SIZE];

	findings_add_as(&place->config->findings, SEVERITY_WARNING, place->subject,
			place->code, REMEDY_REPEATED, TEXT_REPEATED,
			span_quote(place->line, line));
}

/* Lines -------------------------------------------------------------------------------- */

static int add_wanted(const struct place *place, enum wanted_kind kind, struct span value)
{
	struct config *config = place->config;
	struct wanted wanted = { .kind = kind };
	const char *wrong;
	char line[QUOTE_SIZE];

	wrong = identity_parse(value.text, value.size, &wanted.identity);
	if (wrong) {
		add_wrong_finding(place, wrong);
		return 0;
	}
	for (size_t i = 0; i < config->n_wanted; i++) {
		if (!identity_equal(&config->wanted[i].identity, &wanted.identity))
			continue;
		if (config->wanted[i].kind == kind)
			add_repeated_finding(place);
		else
			add_invalid_finding(place,
					    kind == WANTED_GPU ? TEXT_NAMES_DEVICE :
								 TEXT_NAMES_GPU,
					    span_quote(place->line, line));
		return 0;
	}
	if (array_reserve(&config->wanted, config->n_wanted, &config->wanted_capacity,
			  sizeof(wanted)) < 0)
		return -ENOMEM;
	wanted.text = strndup(value.text, value.size);
	wanted.origin = strdup(place->subject);
	if (!wanted.text || !wanted.origin) {
		wanted_done(&wanted);
		return -ENOMEM;
	}
	config->wanted[config->n_wanted++] = wanted;
	return 0;
}

static int add_card_setting(const struct place *place, enum card_setting_kind kind,
			    struct span value)
{
	struct config *config = place->config;
	struct card_setting setting = { .kind = kind };
	const char *wrong = card_setting_parse(&setting, value);

	if (wrong) {
		add_wrong_finding(place, wrong);
		return 0;
	}
	if (array_reserve(&config->card_settings, config->n_card_settings,
			  &config->card_settings_capacity, sizeof(setting)) < 0)
		return -ENOMEM;
	if (kind >= CARD_IDLE_D3 && !strstr(config->vfio_options, setting.value))
		snprintf(config->vfio_options + strlen(config->vfio_options),
			 sizeof(config->vfio_options) - strlen(config->vfio_options),
			 "%s", setting.value);
	setting.text = strndup(place->line.text, place->line.size);
	if (!setting.text)
		return -ENOMEM;
	config->card_settings[config->n_card_settings++] = setting;
	return 0;
}

static int add_vf(const struct place *place, struct span value)
{
	_cleanup_free_ char *text =
		text_format("%s %.*s", place->subject, (int)value.size, value.text);

	return text ? strings_add(&place->config->vfs, text) : -ENOMEM;
}

/* Settings ---------------------------------------------------------------------------- */

enum setting {
	SETTING_MODE,
	SETTING_ON_FAILURE,
	SETTING_SHARED_GROUP,
	SETTING_INTERRUPT_REMAPPING,
	SETTING_BOOT_DISPLAY,
	SETTING_ATTACHED_DRIVER,
	SETTING_TIMEOUT,
	SETTING_TRIAL,
	SETTING_COUNT_
};

static const struct {
	const char *key;       /* in the file; NULL: none */
	const char *parameter; /* after vfio_claim.; NULL: none */
	const char *words[4]; /* in the order of the enumeration in model.h; none for a number */
	const char *words_known; /* for the message */
} settings[SETTING_COUNT_] = {
	[SETTING_MODE] = { NULL, "mode", { "claim", "check", "off" }, "claim, check or off" },
	[SETTING_ON_FAILURE] = { "on-failure",
				 "on_failure",
				 { "release", "hold" },
				 "release or hold" },
	[SETTING_SHARED_GROUP] = { "shared-group",
				   NULL,
				   { "refuse", "claim-all", "gpu-only" },
				   "refuse, claim-all or gpu-only" },
	[SETTING_INTERRUPT_REMAPPING] = { "interrupt-remapping",
					  NULL,
					  { "require", "warn" },
					  "require or warn" },
	[SETTING_BOOT_DISPLAY] = { "boot-display",
				   NULL,
				   { "refuse", "allow" },
				   "refuse or allow" },
	[SETTING_ATTACHED_DRIVER] = { "attached-driver",
				      NULL,
				      { "refuse", "unbind" },
				      "refuse or unbind" },
	[SETTING_TIMEOUT] = { "timeout", "timeout", {}, "a number of seconds from 1 to 300" },
	[SETTING_TRIAL] = { "trial",
			    NULL,
			    { "off" }, /* zero boots; otherwise their number */
			    "off or a number of unfinished boots from 1 to 9" },
};

static bool timeout_parse(struct span value, unsigned *ret_seconds)
{
	unsigned seconds = 0;

	if (!value.size || value.size > 3)
		return false;
	for (size_t i = 0; i < value.size; i++) {
		if (value.text[i] < '0' || value.text[i] > '9')
			return false;
		seconds = seconds * 10 + (value.text[i] - '0');
	}
	if (seconds < 1 || seconds > TIMEOUT_MAX_S)
		return false;
	*ret_seconds = seconds;
	return true;
}

static bool trial_parse(struct span value, unsigned *ret_boots)
{
	if (value.size != 1 || value.text[0] < '1' || value.text[0] > '0' + TRIAL_LIMIT_MAX)
		return false;
	*ret_boots = value.text[0] - '0';
	return true;
}

static bool setting_parse(enum setting setting, struct span value, unsigned *ret_value)
{
	if (setting == SETTING_TIMEOUT)
		return timeout_parse(value, ret_value);
	if (setting == SETTING_TRIAL && trial_parse(value, ret_value))
		return true;
	for (unsigned i = 0; i < ARRAY_SIZE(settings[setting].words); i++) {
		const char *word = settings[setting].words[i];

		if (word && span_equal(value, word)) {
			*ret_value = i;
			return true;
		}
	}
	return false;
}

const char *config_find_wrong(const char *key, const char *value)
{
	struct span span = { value, strlen(value) };
	unsigned number;

	for (enum setting i = 0; i < SETTING_COUNT_; i++)
		if (is_string_equal(settings[i].key, key))
			return setting_parse(i, span, &number) ? NULL :
								 settings[i].words_known;
	return "no value";
}

static void setting_store(struct config *config, enum setting setting, unsigned value)
{
	switch (setting) {
	case SETTING_MODE:
		config->mode = value;
		break;
	case SETTING_ON_FAILURE:
		config->on_failure = value;
		break;
	case SETTING_SHARED_GROUP:
		config->shared_group = value;
		break;
	case SETTING_INTERRUPT_REMAPPING:
		config->interrupt_remapping = value;
		break;
	case SETTING_BOOT_DISPLAY:
		config->boot_display = value;
		break;
	case SETTING_ATTACHED_DRIVER:
		config->attached_driver = value;
		break;
	case SETTING_TIMEOUT:
		config->timeout_s = value;
		break;
	case SETTING_TRIAL:
		config->trial_limit = value;
		break;
	case SETTING_COUNT_:
		break;
	}
}

/* A setting that is given twice is in doubt unless both values are equal. */
struct seen {
	bool given;
	unsigned value;
};

static void take_setting(const struct place *place, enum setting setting,
			 struct span value, struct seen seen[static SETTING_COUNT_])
{
	char quoted[QUOTE_SIZE], line[QUOTE_SIZE];
	unsigned number = 0;

	span_quote(place->line, line);
	if (!setting_parse(setting, value, &number)) {
		add_invalid_finding(place, TEXT_BAD_VALUE, span_quote(value, quoted),
				    settings[setting].words_known, line);
		return;
	}
	if (seen[setting].given) {
		if (seen[setting].value == number)
			add_repeated_finding(place);
		else
			add_invalid_finding(place, TEXT_CONTRADICTS, line);
		return;
	}
	seen[setting] = (struct seen){ true, number };
	setting_store(place->config, setting, number);
}

/* The file ---------------------------------------------------------------------------- */

void config_init(struct config *config)
{
	*config = (struct config){ .timeout_s = TIMEOUT_DEFAULT_S,
				   .trial_limit = TRIAL_LIMIT_DEFAULT };
}

static int take_line(const struct place *place, struct seen seen[static SETTING_COUNT_])
{
	struct span rest = place->line, key;
	char quoted[QUOTE_SIZE], line[QUOTE_SIZE];
	enum card_setting_kind kind;

	if (!memchr(rest.text, '=', rest.size)) {
		add_wrong_finding(place, WRONG_NO_EQUALS);
		return 0;
	}
	key = span_trim(span_next(&rest, "="));
	rest = span_trim(rest);
	if (span_equal(key, "gpu"))
		return add_wanted(place, WANTED_GPU, rest);
	if (span_equal(key, "device"))
		return add_wanted(place, WANTED_DEVICE, rest);
	kind = card_setting_find(key);
	if (kind != CARD_SETTINGS_)
		return add_card_setting(place, kind, rest);
	if (span_equal(key, "vf"))
		return add_vf(place, rest);
	for (enum setting i = 0; i < SETTING_COUNT_; i++) {
		if (settings[i].key && span_equal(key, settings[i].key)) {
			take_setting(place, i, rest, seen);
			return 0;
		}
	}
	add_invalid_finding(place, TEXT_UNKNOWN_KEY, span_quote(key, quoted),
			    span_quote(place->line, line));
	return 0;
}

int config_parse(struct config *config, const char *text, size_t size)
{
	struct seen seen[SETTING_COUNT_] = {};
	struct span rest = { text, size };
	bool has_warned_crlf = false;

	if (size > CONFIG_SIZE_MAX) {
		findings_add(&config->findings, CONFIG_PATH, SAY_CONFIG_TOO_LARGE,
			     CONFIG_SIZE_MAX / 1024);
		return 0;
	}
	for (unsigned number = 1; rest.size; number++) {
		struct span line = span_next(&rest, "\n");
		char subject[sizeof(CONFIG_PATH) + 16];
		struct place place = { config, FINDING_CONFIG_INVALID, subject, line };
		int r;

		snprintf(subject, sizeof(subject), CONFIG_PATH ":%u", number);
		if (memchr(line.text, '\0', line.size)) {
			add_wrong_finding(&place, WRONG_NUL);
			continue;
		}
		if (line.size && line.text[line.size - 1] == '\r' && !has_warned_crlf) {
			char quoted[QUOTE_SIZE];

			findings_add_as(&config->findings, SEVERITY_INFO, subject,
					SAY_CRLF, span_quote(line, quoted));
			has_warned_crlf = true;
		}
		place.line = span_trim(span_next(&line, "#"));
		if (!place.line.size)
			continue;
		r = take_line(&place, seen);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The kernel command line ------------------------------------------------------------- */

static int take_gpus(const struct place *place, struct span value, bool *has_gpus)
{
	bool is_empty = true;

	if (!*has_gpus) { /* replaces the configured ones */
		struct config *config = place->config;
		size_t kept = 0;

		for (size_t i = 0; i < config->n_wanted; i++) {
			if (config->wanted[i].kind == WANTED_GPU)
				wanted_done(&config->wanted[i]);
			else
				config->wanted[kept++] = config->wanted[i];
		}
		config->n_wanted = kept;
		*has_gpus = true;
	}
	while (value.size) {
		struct span one = span_trim(span_next(&value, ";"));
		int r;

		if (!one.size)
			continue;
		r = add_wanted(place, WANTED_GPU, one);
		if (r < 0)
			return r;
		is_empty = false;
	}
	if (is_empty)
		add_wrong_finding(place, WRONG_SELECTOR);
	return 0;
}

/* GRUB writes this one, not a person. */
static void take_menu_trial(const struct place *place, struct span value)
{
	struct menu_trial *known = &place->config->menu_trial, trial;
	char quoted[QUOTE_SIZE], line[QUOTE_SIZE];

	span_quote(place->line, line);
	if (!menu_trial_parse(value, &trial))
		add_invalid_finding(place, TEXT_BAD_VALUE, span_quote(value, quoted),
				    MENU_TRIAL_WORDS, line);
	else if (known->state == MENU_TRIAL_NONE)
		*known = trial;
	else if (menu_trial_equal(known, &trial))
		add_repeated_finding(place);
	else
		add_invalid_finding(place, TEXT_CONTRADICTS, line);
}

static int take_parameter(struct config *config, const struct parameter *parameter,
			  bool *has_gpus, struct seen seen[static SETTING_COUNT_])
{
	struct parameter own = *parameter; /* without the prefix */
	struct span value = { parameter->value, parameter->value_size };
	char subject[64], quoted[QUOTE_SIZE], line[QUOTE_SIZE];
	struct place place = { config,
			       FINDING_CMDLINE_INVALID,
			       subject,
			       { parameter->text, parameter->size } };

	own.name += strlen(CMDLINE_PREFIX);
	own.name_size -= strlen(CMDLINE_PREFIX);
	if (parameter_is(&own, "gpu")) {
		snprintf(subject, sizeof(subject), CMDLINE_PREFIX "gpu");
		return take_gpus(&place, value, has_gpus);
	}
	if (parameter_is(&own, "trial")) {
		snprintf(subject, sizeof(subject), CMDLINE_PREFIX "trial");
		take_menu_trial(&place, value);
		return 0;
	}
	for (enum setting i = 0; i < SETTING_COUNT_; i++) {
		if (!settings[i].parameter || !parameter_is(&own, settings[i].parameter))
			continue;
		snprintf(subject, sizeof(subject), CMDLINE_PREFIX "%s",
			 settings[i].parameter);
		take_setting(&place, i, value, seen);
		return 0;
	}
	snprintf(subject, sizeof(subject), "kernel command line");
	add_invalid_finding(&place, TEXT_UNKNOWN_PARAMETER,
			    quote(own.name, own.name_size, quoted),
			    span_quote(place.line, line));
	return 0;
}

static bool is_ours(const struct parameter *parameter)
{
	struct parameter prefix = *parameter;

	prefix.name_size = strlen(CMDLINE_PREFIX);
	return parameter->name_size >= prefix.name_size &&
	       parameter_is(&prefix, CMDLINE_PREFIX);
}

int config_parse_cmdline(struct config *config, const char *text)
{
	struct seen seen[SETTING_COUNT_] = {};
	struct parameter parameter;
	bool has_gpus = false;

	while (parameter_next(&text, &parameter) && !parameter_is_end(&parameter)) {
		int r = is_ours(&parameter) ?
				take_parameter(config, &parameter, &has_gpus, seen) :
				0;

		if (r < 0)
			return r;
	}
	/* GRUB switches the mode off with a spent trial; the reason is the trial, and it stays spent. */
	if (config->menu_trial.state == MENU_TRIAL_SPENT && config->mode == MODE_OFF)
		config->mode = MODE_CLAIM;
	/* A user whose parameter is invalid may have meant "off". */
	if (config->is_cmdline_invalid)
		config->mode = MODE_OFF;
	return 0;
}
